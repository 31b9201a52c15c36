// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Operations of a stream while the network is at fault.
//
//   faults ADDRESS PORT [ZERO_WINDOW_SECONDS]    a `peer` listens at ADDRESS, PORT and following
//
// Writes a line "inject FAULT" for the script beside it, faults.sh, and waits for a line "done". Of
// each case it writes "case", its name, what was reported, the lateness of timeouts in microseconds
// and how many descriptors are left, with tabs between; or "FAIL" and why. Fails if a case does.

#include <cstdlib>
#include <exception>
#include <string>

#include "tests/network/fault_cases.h"
#include "tests/network/scenario.h"
#include "tests/support/open_descriptors.h"

namespace {

using namespace timed::tests::network;
using timed::tests::open_descriptors;

// Asio starts with its first context, and some of that stays.
void warm_up(const tcp::endpoint& first_port) {
  scenario each(first_port);
  each.connect(behaviour::silent);
  each.end();
}

// After a failure, of which this may be a part.
void heal() {
  try {
    scenario::inject("none");
  } catch (const failure& another) {
    std::cout << "FAIL\t" << another.what() << std::endl;
  }
}

bool succeeds(const fault_case& which, const tcp::endpoint& first_port) {
  const int before = open_descriptors();
  try {
    std::string reported, lateness = "-";
    {
      scenario each(first_port);
      which.run(each);
      scenario::inject("none");
      each.end();
      reported = each.reported();
      if (each.lateness()) {
        using std::chrono::microseconds;
        lateness = std::to_string(std::chrono::ceil<microseconds>(*each.lateness()).count());
      }
    }
    const int left = open_descriptors() - before;
    std::cout << "case\t" << which.injected << '\t' << which.operation << '\t' << reported << '\t'
              << lateness << '\t' << left << std::endl;
    demand(left == 0, std::to_string(left) + " descriptors are left open");
    return true;
  } catch (const std::exception& thrown) {
    std::cout << "FAIL\t" << which.injected << '\t' << which.operation << '\t' << thrown.what()
              << std::endl;
    heal();
    return false;
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    demand(argc == 3 || argc == 4, "faults ADDRESS PORT [ZERO_WINDOW_SECONDS]");
    const tcp::endpoint first_port(timed::net::ip::make_address(argv[1]),
                                   static_cast<unsigned short>(std::atoi(argv[2])));
    const std::chrono::seconds zero_window(argc == 4 ? std::atoi(argv[3]) : 1);
    warm_up(first_port);
    bool all_succeed = true;
    for (const auto& each : fault_cases(zero_window)) all_succeed &= succeeds(each, first_port);
    return all_succeed ? 0 : 1;
  } catch (const std::exception& failure) {
    std::cout << "FAIL\t" << failure.what() << std::endl;
    return 2;
  }
}
