// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "support/driven.h"

namespace {

using namespace std::chrono_literals;
using support::driven_program;
using support::plain_connection;

class chat : public testing::Test {
 protected:
  void start(std::vector<std::string> flags = {}) {
    flags.push_back("--port=0");
    server.emplace(flags);
    SKIP_IF_FORBIDDEN(*server);
  }

  std::vector<std::string> client(const std::string& name) {
    return {"--connect", "--name=" + name, "--port=" + std::to_string(server->port())};
  }

  // A member that speaks WebSocket by hand.
  plain_connection join_by_hand() {
    auto connection = plain_connection::to(server->port());
    connection.send(
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    // The answer to that key, from RFC 6455.
    EXPECT_NE(connection.receive_until("\r\n\r\n").find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
              std::string::npos);
    return connection;
  }

  std::optional<driven_program> server;
};

// A text frame of a client, masked by zeros.
std::string masked(const std::string& text) {
  const std::string mask(4, '\0');
  const auto low = static_cast<char>(text.size() & 0xff);
  if (text.size() < 126)
    return "\x81" + std::string(1, static_cast<char>(0x80 | low)) + mask + text;
  return "\x81\xfe" + std::string(1, static_cast<char>(text.size() >> 8)) + low + mask + text;
}

TEST_F(chat, passes_on_what_a_member_says_to_all) {
  start();
  if (IsSkipped()) return;
  driven_program ada(client("ada"));
  driven_program alan(client("alan"));
  ASSERT_TRUE(server->wait_for("joined; 2 members"));
  auto by_hand = join_by_hand();
  ASSERT_TRUE(server->wait_for("joined; 3 members"));
  ada.write("hello\n");
  EXPECT_TRUE(ada.wait_for("ada: hello\n"));
  EXPECT_TRUE(alan.wait_for("ada: hello\n"));
  EXPECT_EQ(by_hand.receive_bytes(12),
            "\x81\x0a"
            "ada: hello");
  by_hand.send(masked("good day"));
  EXPECT_TRUE(alan.wait_for("good day\n"));
}

TEST_F(chat, client_ends_in_order_when_its_input_ends_and_on_sigterm) {
  start();
  if (IsSkipped()) return;
  driven_program ada(client("ada"));
  driven_program alan(client("alan"));
  ASSERT_TRUE(server->wait_for("joined; 2 members"));
  ada.end_input();
  EXPECT_EQ(ada.wait(), 0);
  EXPECT_EQ(alan.terminate(), 0);
  EXPECT_TRUE(server->wait_for("left; 0 members"));
}

TEST_F(chat, server_says_goodbye_on_sigterm) {
  start();
  if (IsSkipped()) return;
  driven_program ada(client("ada"));
  ASSERT_TRUE(server->wait_for("joined; 1 members"));
  EXPECT_EQ(server->terminate(), 0);
  EXPECT_EQ(ada.wait(), 1);
  EXPECT_TRUE(ada.wait_for("the server has ended the connection"));
}

TEST_F(chat, client_sends_all_of_its_input) {
  start();
  if (IsSkipped()) return;
  auto by_hand = join_by_hand();
  ASSERT_TRUE(server->wait_for("joined; 1 members"));
  driven_program ada(client("ada"));
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += std::to_string(i) + "\n";
  ada.write(lines + "last");
  ada.end_input();
  EXPECT_NE(by_hand.receive_until("ada: last").find("ada: 999"), std::string::npos);
  EXPECT_EQ(ada.wait(), 0);
}

TEST_F(chat, server_disconnects_one_that_sends_what_is_not_text_and_does_not_pass_it_on) {
  start();
  if (IsSkipped()) return;
  driven_program ada(client("ada"));
  ASSERT_TRUE(server->wait_for("joined; 1 members"));
  auto by_hand = join_by_hand();
  ASSERT_TRUE(server->wait_for("joined; 2 members"));
  by_hand.send("\x82\x81" + std::string(4, '\0') + "\xff");
  EXPECT_TRUE(server->wait_for("left; 1 members"));
  ada.write("hello\n");
  EXPECT_TRUE(ada.wait_for("ada: hello\n"));
}

TEST_F(chat, server_does_not_wait_for_one_that_does_not_say_goodbye) {
  start({"--grace=200ms"});
  if (IsSkipped()) return;
  auto silent = join_by_hand();
  ASSERT_TRUE(server->wait_for("joined"));
  EXPECT_EQ(server->terminate(), 0);
  EXPECT_EQ(silent.receive_all(), "\x88\x02\x03\xe9");  // Close, 1001: going away
}

TEST_F(chat, server_bounds_the_handshake) {
  start({"--handshake_timeout=200ms"});
  if (IsSkipped()) return;
  auto silent = plain_connection::to(server->port());
  silent.send("GET / HTTP/1.1\r\n");
  EXPECT_EQ(silent.receive_all(), "");
  EXPECT_TRUE(server->wait_for("handshake: "));
}

TEST_F(chat, server_disconnects_one_that_answers_no_ping) {
  start({"--idle_timeout=400ms"});
  if (IsSkipped()) return;
  auto silent = join_by_hand();
  silent.receive_all();
  EXPECT_TRUE(server->wait_for("left; 0 members"));
}

TEST_F(chat, server_disconnects_one_that_does_not_read) {
  start({"--write_timeout=1s"});
  if (IsSkipped()) return;
  auto deaf = join_by_hand();
  auto talker = join_by_hand();
  const std::string text(4000, 't');
  std::string some;
  for (int i = 0; i < 30; ++i) some += masked(text);
  for (int i = 0; i < 500 && server->output().find("left; 1 members") == std::string::npos; ++i) {
    talker.send(some);
    ASSERT_EQ(talker.receive_bytes(30 * (4 + text.size())).size(), 30 * (4 + text.size()));
    server->read_for(1ms);
  }
  EXPECT_TRUE(server->wait_for("left; 1 members"));
}

}  // namespace
