/* Alerts: security incidents that are posted to audit.webhook, at least once each. */
#ifndef GHWARD_BROKER_ALERT_H
#define GHWARD_BROKER_ALERT_H

#include "broker/incidents.h"

/* Posts it, unless its rule does not ask for that or somebody has done it. */
void alert_begin(struct broker *, struct known_incident *) __attribute__((nonnull));

/* It is not worth one any more. */
void alert_stop(struct broker *, struct known_incident *) __attribute__((nonnull));

/* True while the end of the broker, or of a command's only job, waits for alerts: some seconds from
 * the first question on. What is not sent by then is tried again by the next agent. */
bool alert_outlasts(struct broker *) __attribute__((nonnull));

#endif
