"""How little is done when nothing has changed, and that nothing is missed for it."""

from __future__ import annotations

from system.repos import ReposTestCase, refs_of

SWEEP = {"GHWARD_GIT_SWEEP": "0"}


class Ladder(ReposTestCase):
    def test_a_second_run_costs_pages_only(self) -> None:
        self.repositories.add_many("acme", 120)
        self.sync(timeout=300)
        self.fake.reset()
        self.ghward.inspects = False
        with self.watching() as seen:
            done = self.sync()
        self.assertEqual(set(done.actions.values()), {"unchanged"})
        self.assertEqual(len(done.lines), 120)
        self.assertLessEqual(len(self.api_requests), 3, "two pages, and the first once more: has it moved meanwhile?")
        self.assertEqual(self.git_requests, [])
        self.assertEqual(seen.names, set())
        self.assertTrue(all("digest" not in line["how"] for line in done.lines), done.lines[0])
        self.assertTrue(all(line["bytes"] == 0 for line in done.lines))

    def test_the_watch_sees_a_git(self) -> None:
        """Otherwise the story above could not fail."""
        self.repositories.add("acme/shop")
        with self.watching() as seen:
            self.sync()
        self.assertIn("git", seen.names)

    def test_a_change_without_its_hint_waits_for_the_sweep(self) -> None:
        made = self.repositories.add_many("acme", 10)
        self.sync()
        tip = made[4].push(hint=False)
        self.assertEqual(set(self.sync().actions.values()), {"unchanged"})
        self.fake.reset()
        with self.watching() as seen:
            done = self.sync(env=SWEEP)
        self.assertEqual([name for name, action in done.actions.items() if action == "fetched"], ["acme/repo-0005"])
        self.assertEqual(sorted(self.asked("ls-refs")), sorted([one.full_name for one in made] + ["acme/repo-0005"]),
                         "each is asked for its references once, and by git where they differ")
        self.assertEqual(self.asked("fetch"), ["acme/repo-0005"])
        self.assertEqual(len({name for name in seen.names if name == "ghward-git"}), 1)
        self.assertIn("digest", done.of("acme/repo-0001")["how"])
        self.assert_mirrored(*made)
        self.assertEqual(refs_of(self.mirror("acme/repo-0005"))["refs/heads/main"], tip)

    def test_after_a_sweep_the_hint_counts_again(self) -> None:
        self.repositories.add_many("acme", 3)
        self.sync()
        self.sync(env=SWEEP)
        self.fake.reset()
        self.sync()
        self.assertEqual(self.git_requests, [])

    def test_full_lets_git_look(self) -> None:
        made = self.repositories.add_many("acme", 3)
        self.sync()
        made[0].push(hint=False)
        self.fake.reset()
        with self.watching() as seen:
            done = self.sync("--full")
        self.assertEqual(done.actions["acme/repo-0001"], "fetched")
        self.assertEqual(len(self.asked("ls-refs")), 3)
        self.assertIn("git", seen.names)
        self.assert_mirrored(*made)

    def test_a_hint_that_moves_for_nothing(self) -> None:
        """As after a push to a pull request: the references are compared, and git is not started."""
        shop = self.repositories.add("acme/shop")
        self.sync()
        shop.change(pushed=99)
        self.fake.reset()
        with self.watching() as seen:
            done = self.sync()
        self.assertEqual(done.actions, {"acme/shop": "unchanged"})
        self.assertIn("digest", done.of("acme/shop")["how"])
        self.assertEqual(self.asked("fetch"), [])
        self.assertEqual(seen.names, set())
        self.fake.reset()
        self.sync()
        self.assertEqual(self.git_requests, [], "the new hint is known")

    def test_a_mirror_that_somebody_removed_is_made_anew(self) -> None:
        import shutil
        shop = self.repositories.add("acme/shop")
        self.sync()
        shutil.rmtree(self.mirror("acme/shop"))
        self.assertEqual(self.sync().actions, {"acme/shop": "cloned"})
        self.assert_mirrored(shop)

    def test_without_what_was_remembered(self) -> None:
        """The state is a cache: without it git looks, and nothing is lost."""
        import shutil
        made = self.repositories.add_many("acme", 3)
        self.sync()
        shutil.rmtree(self.ghward.scratch.audit.parent / "store")
        done = self.sync()
        self.assertNotIn("failed", done.actions.values(), done.result)
        self.assert_mirrored(*made)
        self.fake.reset()
        self.sync()
        self.assertEqual(self.git_requests, [])

    def test_a_failure_is_tried_again(self) -> None:
        shop = self.repositories.add("acme/shop")
        self.repositories.add("acme/other")
        self.sync()
        shop.push()
        self.fake.fault(r"/acme/shop\.git/", "git_error", times=None)
        self.failed("acme/shop", "upload-pack")
        self.fake.reset()
        self.assertEqual(self.sync().actions["acme/shop"], "fetched")
        self.assert_mirrored(shop)

    def test_two_destinations_know_nothing_of_each_other(self) -> None:
        shop = self.repositories.add("acme/shop")
        self.sync()
        first, self.dest = self.dest, self.ghward.scratch.destination / "second"
        self.assertEqual(self.sync().actions, {"acme/shop": "cloned"})
        shop.push()
        self.sync()
        self.dest = first
        self.assertEqual(self.sync().actions, {"acme/shop": "fetched"})
        self.assert_mirrored(shop)

    def test_how_it_was_found_out_is_on_record(self) -> None:
        self.repositories.add("acme/shop")
        self.sync()
        self.sync()
        self.sync(env=SWEEP)
        notes = [one for one in self.ghward.records() if one["event"] == "repos.unchanged"]
        self.assertEqual([(one["target"], one["details"]["by"]) for one in notes], [("acme/shop", "hint"), ("acme/shop", "digest")])
