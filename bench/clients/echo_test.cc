// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What echo_cpu relies on: the client detects a server that does not work, and only the middle of
// the requests is measured.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/clients/closed_loop_client.h"
#include "bench/clients/echo_meter.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

using message = std::array<char, echo_bytes>;

message receive(const owned_descriptor& from) {
  message received{};
  EXPECT_EQ(::recv(from.get(), received.data(), received.size(), MSG_WAITALL), echo_bytes);
  return received;
}

void send(const owned_descriptor& to, const message& sent) {
  EXPECT_EQ(::send(to.get(), sent.data(), sent.size(), MSG_NOSIGNAL), echo_bytes);
}

std::string failure_of(closed_loop_client& client) {
  try {
    client.await_end();
  } catch (const std::runtime_error& failure) {
    return failure.what();
  }
  return "";
}

TEST(echo_client, makes_the_given_number_of_requests_all_different) {
  closed_loop_client client(2);
  const std::vector<owned_descriptor> connections = client.take_connections();
  ASSERT_EQ(connections.size(), 2u);
  for (int turn = 0; turn < 2; ++turn) {
    client.begin(3);
    const message first = receive(connections[0]);
    const message second = receive(connections[1]);
    send(connections[1], second);
    const message third = receive(connections[1]);
    EXPECT_NE(first, second);
    EXPECT_NE(second, third);
    send(connections[1], third);
    send(connections[0], first);
    EXPECT_EQ(failure_of(client), "");
  }
}

TEST(echo_client, fails_if_an_answer_is_wrong) {
  closed_loop_client client(1);
  const std::vector<owned_descriptor> connections = client.take_connections();
  client.begin(1);
  message answer = receive(connections[0]);
  answer.back() ^= 1;
  send(connections[0], answer);
  EXPECT_EQ(failure_of(client), "the client: an answer is not what was sent");
}

TEST(echo_client, fails_if_a_connection_is_closed) {
  closed_loop_client client(1);
  std::vector<owned_descriptor> connections = client.take_connections();
  client.begin(1);
  receive(connections[0]);
  connections.clear();
  EXPECT_EQ(failure_of(client), "the client: the server has closed a connection");
}

TEST(echo_meter, marks_the_measured_requests_and_detects_the_last) {
  std::vector<int> marked_at;
  int request = 0;
  echo_meter meter(3, 2, [&] { marked_at.push_back(request); });
  EXPECT_EQ(meter.requests(), 7u);
  for (request = 1; request < 7; ++request) {
    EXPECT_FALSE(meter.is_complete_after(echo_bytes / 2));
    EXPECT_FALSE(meter.is_complete_after(echo_bytes / 2));
  }
  EXPECT_TRUE(meter.is_complete_after(echo_bytes));
  EXPECT_EQ(marked_at, (std::vector<int>{2, 5}));
}

// Several requests may be answered by one write.
TEST(echo_meter, marks_and_completes_also_if_one_write_passes_the_boundary) {
  int marks = 0;
  echo_meter meter(3, 2, [&] { ++marks; });
  EXPECT_FALSE(meter.is_complete_after(4 * echo_bytes));
  EXPECT_EQ(marks, 1);
  EXPECT_TRUE(meter.is_complete_after(3 * echo_bytes));
  EXPECT_EQ(marks, 2);
}

}  // namespace
}  // namespace timed::bench
