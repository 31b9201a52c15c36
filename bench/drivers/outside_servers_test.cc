// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A batch of requests to a server that is a program of its own: it is answered, or is an error that
// says why, within a limit.

#include "bench/drivers/outside_servers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>

#include "bench/clients/closed_loop_client.h"
#include "bench/clients/echo_meter.h"
#include "bench/clients/open_loop_requests.h"
#include "bench/drivers/any_server.h"
#include "bench/drivers/exchange.h"

namespace timed::bench {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::StartsWith;

constexpr std::size_t connections = 3;

// Does not wait for a minute.
struct impatient_client : closed_loop_client {
  using closed_loop_client::closed_loop_client;
  void await_end() { closed_loop_client::await_end(100ms); }
};

server_contender fake(const char* deed) {
  ::setenv("FAKE_SERVER_DOES", deed, 1);
  return contender_with({.name = "fake", .file = std::getenv("FAKE_SERVER"), .version = ""});
}

template <class Client>
std::string failure_of(const char* deed) {
  Client client(connections);
  const std::unique_ptr<any_server> server = fake(deed).start(client.take_connections());
  try {
    exchange(client, std::uint64_t{20}, *server, [](any_server&) {});
  } catch (const std::exception& failure) {
    return failure.what();
  }
  return "";
}

TEST(outside_server, answers_the_requests_of_a_closed_loop) {
  closed_loop_client client(connections);
  const server_contender contender = fake("echo");
  EXPECT_EQ(contender.name, "fake");
  EXPECT_TRUE(contender.is_outside);
  EXPECT_FALSE(contender.is_on_backend);
  EXPECT_FALSE(contender.can_time_out);
  const std::unique_ptr<any_server> server = contender.start(client.take_connections());
  const seconds before = server->cpu();
  for (int batch = 0; batch < 2; ++batch) {
    echo_meter meter(20, 0, [] {});
    exchange(client, meter.requests(), *server, [&](any_server& each) { each.serve(meter); });
  }
  EXPECT_GT(server->cpu(), before);
}

TEST(outside_server, answers_the_requests_of_an_open_loop) {
  open_loop_client client(connections);
  const std::unique_ptr<any_server> server = fake("echo").start(client.take_connections());
  const open_loop_order order{.requests = 20, .rate_per_s = 100'000, .is_new = 1};
  EXPECT_EQ(exchange(client, order, *server, [](any_server&) {}).samples, 20u);
  EXPECT_GT(server->sleep_count(), 0u);
}

TEST(outside_server, is_an_error_if_it_dies) {
  EXPECT_THAT(failure_of<closed_loop_client>("die_in_the_middle"),
              EndsWith("; the server: it has ended with status 4, and said: bad luck"));
}

TEST(outside_server, is_an_error_if_it_is_killed) {
  EXPECT_THAT(failure_of<closed_loop_client>("be_killed_in_the_middle"),
              EndsWith("; the server: it was killed by signal 9"));
}

TEST(outside_server, is_an_error_if_it_answers_wrongly) {
  EXPECT_THAT(failure_of<closed_loop_client>("echo_wrongly"),
              StartsWith("the client: an answer is not what was sent; the server: "));
}

TEST(outside_server, is_an_error_if_it_never_answers) {
  EXPECT_EQ(failure_of<impatient_client>("never_answer"),
            "the client: it says nothing; the server: it runs");
}

}  // namespace
}  // namespace timed::bench
