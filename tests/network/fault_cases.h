// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_NETWORK_FAULT_CASES_H
#define TIMED_TESTS_NETWORK_FAULT_CASES_H

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "tests/network/scenario.h"

namespace timed::tests::network {

/// A fault, and an operation that meets it.
struct fault_case {
  std::string injected;
  std::string operation;
  std::function<void(scenario&)> run;  ///< throws `failure` if it goes otherwise than it should
};

/// @param zero_window How long a peer has no room for more.
std::vector<fault_case> fault_cases(std::chrono::seconds zero_window);

// Its parts.
void add_cases_of_a_vanished_peer(std::vector<fault_case>& cases);
void add_cases_of_resets(std::vector<fault_case>& cases);
void add_cases_of_a_slow_peer(std::vector<fault_case>& cases, std::chrono::seconds zero_window);
void add_cases_of_a_bad_link(std::vector<fault_case>& cases);

}  // namespace timed::tests::network

#endif  // TIMED_TESTS_NETWORK_FAULT_CASES_H
