// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/drivers/outside_servers.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/clients/echo_meter.h"
#include "bench/contenders/outside/found_programs.h"
#include "bench/contenders/outside/outside_program.h"
#include "bench/drivers/any_server.h"
#include "bench/drivers/silent_connections.h"
#include "bench/harness/cpu_time.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

class outside_server final : public any_server {
 public:
  outside_server(const std::filesystem::path& file, std::vector<owned_descriptor> connections)
      : program_(file, std::move(connections)) {}

  void serve(echo_meter&) override {}

  silent_outcome serve(echo_meter&, silent_connections) override {
    throw std::logic_error("a program of its own has no silent connections");
  }

  seconds cpu() const override { return program_.cpu_time(); }
  std::uint64_t sleep_count() const override { return program_.sleeps(); }
  std::string state() override { return "; the server: " + program_.state(); }

 private:
  contenders::outside_program program_;
};

}  // namespace

server_contender contender_with(const contenders::found_program& program) {
  return {.name = program.name,
          .is_on_backend = false,
          .can_time_out = false,
          .is_outside = true,
          .start = [file = program.file](std::vector<owned_descriptor> connections) {
            return std::unique_ptr<any_server>(
                std::make_unique<outside_server>(file, std::move(connections)));
          }};
}

}  // namespace timed::bench
