/* Lists of GitHub's permissions, "contents:read,security_events:write": what of the one the other
 * grants. Pure functions over text. */
#ifndef GHWARD_BROKER_PERMISSIONS_H
#define GHWARD_BROKER_PERMISSIONS_H

/* Room for those of one grant, and for one of them. */
#define PERMISSIONS_SIZE 256u
#define PERMISSION_SIZE 80u

/* `have` becomes the list of what is wanted and granted, at that level or a higher one; `missing`
 * the first that is not, "" when all are. */
void permissions_intersect(const char *wanted, const char *granted, char have[PERMISSIONS_SIZE],
			   char missing[PERMISSION_SIZE]) __attribute__((nonnull));

#endif
