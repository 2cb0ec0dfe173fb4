/* ghward-verify as a program of its own: checks a bundle. */
#ifndef GHWARD_VERIFY_BUNDLE_CHECK_H
#define GHWARD_VERIFY_BUNDLE_CHECK_H

/* `ghward-verify BUNDLE PUB`. Confines this process before it looks into the bundle. Returns the
 * exit status. */
int bundle_main(int argc, char **argv);

#endif
