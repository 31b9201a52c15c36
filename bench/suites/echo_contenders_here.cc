// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/suites/echo_contenders_here.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/contenders/outside/found_programs.h"
#include "bench/drivers/any_server.h"
#include "bench/drivers/echo_servers.h"
#include "bench/drivers/outside_servers.h"
#include "bench/harness/entry.h"
#include "timed/backend.h"

namespace timed::bench {

std::vector<server_contender> echo_contenders_here() {
  std::vector<server_contender> all = echo_contenders();
  if (backend::name() != "epoll") return all;
  const contenders::found_programs programs =
      contenders::find_programs(contenders::folder_of_programs());
  for (const std::string& names_and_reason : programs.left_out) leave_out(names_and_reason);
  for (const contenders::found_program& program : programs.found) {
    benchmark::AddCustomContext(std::string(program.name) + "_version", program.version);
    all.push_back(contender_with(program));
  }
  return all;
}

}  // namespace timed::bench
