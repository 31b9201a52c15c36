// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What open_loop relies on: its client does not wait for answers, its latencies include the delays
// of the client and of the server, and it detects a server that does not work.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/clients/echo_meter.h"
#include "bench/clients/open_loop_requests.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

std::vector<char> receive(const owned_descriptor& from, std::size_t requests) {
  std::vector<char> received(requests * echo_bytes);
  EXPECT_EQ(::recv(from.get(), received.data(), received.size(), MSG_WAITALL),
            static_cast<::ssize_t>(received.size()));
  return received;
}

void send(const owned_descriptor& to, const std::vector<char>& sent) {
  EXPECT_EQ(::send(to.get(), sent.data(), sent.size(), MSG_NOSIGNAL),
            static_cast<::ssize_t>(sent.size()));
}

std::string failure_of(open_loop_client& client) {
  try {
    client.await_end();
  } catch (const std::runtime_error& failure) {
    return failure.what();
  }
  return "";
}

// A client that waited for the first answer would never make the second request.
TEST(open_loop_client, makes_requests_without_answers_and_includes_the_wait_in_each_latency) {
  open_loop_client client(2);
  const std::vector<owned_descriptor> connections = client.take_connections();
  client.begin({.requests = 200, .rate_per_s = 2000, .is_new = 1});
  const std::vector<char> first = receive(connections[0], 100);
  const std::vector<char> second = receive(connections[1], 100);
  send(connections[0], first);
  send(connections[1], second);
  const open_loop_results results = client.await_end();
  EXPECT_EQ(results.samples, 200u);
  EXPECT_NEAR(results.planned_s, 0.1, 0.03);
  EXPECT_GE(results.taken_s, results.planned_s);
  // All were answered after the last one was made: the first one has waited for all of that time,
  // and half of them for at least about half of it.
  EXPECT_GE(static_cast<double>(results.max_ns), results.planned_s * 1e9);
  EXPECT_GE(static_cast<double>(results.p50_ns), results.planned_s * 1e9 / 3);
}

// All are scheduled within 4 us, which no client can keep.
TEST(open_loop_client, includes_its_own_delay_in_the_latencies) {
  constexpr std::uint64_t requests = 4000;
  open_loop_client client(1);
  const std::vector<owned_descriptor> connections = client.take_connections();
  client.begin({.requests = requests, .rate_per_s = 1e9, .is_new = 1});
  for (std::uint64_t i = 0; i < requests; ++i) send(connections[0], receive(connections[0], 1));
  const open_loop_results results = client.await_end();
  EXPECT_GT(results.late_max_ns, 0);
  EXPECT_GE(static_cast<double>(results.max_ns), (results.taken_s - results.planned_s) * 1e9);
}

TEST(open_loop_client, accumulates_measurements_until_a_new_order) {
  open_loop_client client(1);
  const std::vector<owned_descriptor> connections = client.take_connections();
  const auto samples_after = [&](std::uint64_t is_new) {
    client.begin({.requests = 3, .rate_per_s = 1e6, .is_new = is_new});
    send(connections[0], receive(connections[0], 3));
    return client.await_end().samples;
  };
  EXPECT_EQ(samples_after(1), 3u);
  EXPECT_EQ(samples_after(0), 6u);
  EXPECT_EQ(samples_after(1), 3u);
}

TEST(open_loop_client, draws_the_same_times_from_the_same_seed_only) {
  const auto planned_with = [](std::uint64_t seed) {
    open_loop_client client(1);
    const std::vector<owned_descriptor> connections = client.take_connections();
    client.begin({.requests = 3, .rate_per_s = 1e6, .is_new = 1, .seed = seed});
    send(connections[0], receive(connections[0], 3));
    return client.await_end().planned_s;
  };
  EXPECT_EQ(planned_with(1), planned_with(1));
  EXPECT_NE(planned_with(1), planned_with(2));
}

TEST(open_loop_client, fails_if_an_answer_is_wrong) {
  open_loop_client client(1);
  const std::vector<owned_descriptor> connections = client.take_connections();
  client.begin({.requests = 1, .rate_per_s = 1e6, .is_new = 1});
  std::vector<char> answer = receive(connections[0], 1);
  answer.back() ^= 1;
  send(connections[0], answer);
  EXPECT_EQ(failure_of(client), "the client: an answer is not what was sent");
}

TEST(open_loop_client, fails_if_a_connection_is_closed) {
  open_loop_client client(1);
  std::vector<owned_descriptor> connections = client.take_connections();
  client.begin({.requests = 1, .rate_per_s = 1e6, .is_new = 1});
  receive(connections[0], 1);
  connections.clear();
  EXPECT_EQ(failure_of(client), "the client: the server has closed a connection");
}

// A server may fail while its client does not.
TEST(open_loop_client, says_in_words_that_it_has_not_failed) {
  open_loop_client client(1);
  const std::vector<owned_descriptor> connections = client.take_connections();
  EXPECT_EQ(client.failure(), "it says nothing");
  client.begin({.requests = 1, .rate_per_s = 1e6, .is_new = 1});
  send(connections[0], receive(connections[0], 1));
  std::string message;
  while ((message = client.failure()) == "it says nothing") {
  }
  EXPECT_EQ(message, "it has got all answers");
}

}  // namespace
}  // namespace timed::bench
