#ifndef DEPENDENTS_VENDORED_WAITS_H
#define DEPENDENTS_VENDORED_WAITS_H

// Waits for a millisecond with the vendored Asio. Returns its version.
int wait_with_vendored_asio();

#endif
