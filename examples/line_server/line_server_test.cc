// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "support/driven.h"

namespace {

using namespace std::chrono_literals;
using support::plain_connection;

class line_server : public testing::Test {
 protected:
  void start(std::vector<std::string> flags = {}) {
    flags.push_back("--port=0");
    program.emplace(flags);
    SKIP_IF_FORBIDDEN(*program);
  }

  std::optional<support::driven_program> program;
};

TEST_F(line_server, keeps_values) {
  start();
  if (IsSkipped()) return;
  auto client = plain_connection::to(program->port());
  client.send("SET colour light blue\r\n");
  EXPECT_EQ(client.receive_until("\n"), "OK\r\n");
  auto other = plain_connection::to(program->port());
  other.send("GET colour\nGET size\nPUT\nQUIT\n");  // without waiting for the answers
  EXPECT_EQ(other.receive_all(),
            "VALUE light blue\r\nNONE\r\nERROR: GET key, SET key value, or QUIT\r\n");
}

TEST_F(line_server, tells_a_client_that_is_silent_and_disconnects_it) {
  start({"--line_timeout=200ms"});
  if (IsSkipped()) return;
  const auto started = std::chrono::steady_clock::now();
  auto client = plain_connection::to(program->port());
  EXPECT_EQ(client.receive_all(), "ERROR: no line for too long\r\n");
  EXPECT_GE(std::chrono::steady_clock::now() - started, 200ms);
}

TEST_F(line_server, counts_the_time_for_a_line_and_not_for_a_byte) {
  start({"--line_timeout=300ms"});
  if (IsSkipped()) return;
  auto client = plain_connection::to(program->port());
  client.drip(std::string(1000, 'x'), 20ms);
  EXPECT_EQ(client.receive_all(), "ERROR: no line for too long\r\n");
}

TEST_F(line_server, refuses_a_line_that_is_too_long) {
  start();
  if (IsSkipped()) return;
  auto client = plain_connection::to(program->port());
  client.send(std::string(1'000'000, 'x'));  // what is too much is dropped
  EXPECT_EQ(client.receive_all(), "ERROR: a line may have 1024 bytes\r\n");
}

TEST_F(line_server, ends_on_sigterm_though_a_client_is_connected) {
  start({"--grace=100ms"});
  if (IsSkipped()) return;
  auto client = plain_connection::to(program->port());
  client.send("SET a b\n");
  EXPECT_EQ(client.receive_until("\n"), "OK\r\n");
  EXPECT_EQ(program->terminate(), 0);
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_NE(program->output().find("ended"), std::string::npos);
}

TEST_F(line_server, says_what_its_flags_are) {
  support::driven_program help({"--help"});
  EXPECT_TRUE(help.wait_for("--line_timeout"));
  EXPECT_EQ(help.wait(), 1);  // as abseil has it
}

}  // namespace
