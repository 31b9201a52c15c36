// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_LOAD_PEERS_HOSTILE_PEERS_H
#define TIMED_TESTS_LOAD_PEERS_HOSTILE_PEERS_H

#include <cstdint>

#include "tests/load/options.h"
#include "tests/load/shared_state.h"

namespace timed::tests::load {

/// Plays the hostile peers until they have to end and the server has ended all connections that it
/// should.
/// @throws std::exception if it does not end one in time, or a peer cannot connect.
void play_hostile_peers(const options& chosen, std::uint16_t port, hostile_state& state);

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_PEERS_HOSTILE_PEERS_H
