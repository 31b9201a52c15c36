// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/driven.h"

namespace {

using namespace std::chrono_literals;
using support::plain_connection;

class proxy : public testing::Test {
 protected:
  void start(std::vector<std::string> flags = {}) {
    flags.insert(flags.end(), {"--port=0", "--to_port=" + std::to_string(server.port())});
    program.emplace(flags);
    SKIP_IF_FORBIDDEN(*program);
  }

  // A connection through the proxy: the client's end and the server's.
  std::pair<plain_connection, plain_connection> connect() {
    auto client = plain_connection::to(program->port());
    return {std::move(client), server.accept()};
  }

  support::plain_listener server;
  std::optional<support::driven_program> program;
};

TEST_F(proxy, forwards_in_both_directions) {
  start();
  if (IsSkipped()) return;
  auto [client, target] = connect();
  client.send("question");
  EXPECT_EQ(target.receive_bytes(8), "question");
  target.send("answer");
  EXPECT_EQ(client.receive_bytes(6), "answer");
}

TEST_F(proxy, passes_the_end_of_one_direction_on_while_the_other_goes_on) {
  start();
  if (IsSkipped()) return;
  auto [client, target] = connect();
  client.send("all of it");
  client.end_sending();
  EXPECT_EQ(target.receive_all(), "all of it");
  target.send("still here");
  target.end_sending();
  EXPECT_EQ(client.receive_all(), "still here");
  EXPECT_TRUE(program->wait_for("forwarded 19 bytes"));
}

TEST_F(proxy, closes_a_connection_in_which_nothing_moves) {
  start({"--idle_timeout=200ms"});
  if (IsSkipped()) return;
  const auto started = std::chrono::steady_clock::now();
  auto [client, target] = connect();
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_EQ(target.receive_all(), "");
  EXPECT_GE(std::chrono::steady_clock::now() - started, 200ms);
}

TEST_F(proxy, keeps_a_connection_in_which_one_direction_is_silent) {
  start({"--idle_timeout=600ms"});
  if (IsSkipped()) return;
  using clock = std::chrono::steady_clock;
  std::string there, back;
  // On a busy machine a pause may be as long as the idle timeout: then again.
  bool is_steady = false;
  for (int tries = 0; tries < 10 && !is_steady; ++tries) {
    auto [client, target] = connect();
    is_steady = true;
    there.clear();
    auto last = clock::now();
    for (int i = 0; i < 15; ++i) {  // longer than the idle timeout
      target.send("x");
      there += client.receive_bytes(1);
      std::this_thread::sleep_for(100ms);
      is_steady = is_steady && clock::now() - last < 300ms;
      last = clock::now();
    }
    client.send("and back");
    back = target.receive_bytes(8);
  }
  EXPECT_EQ(there, std::string(15, 'x'));
  EXPECT_EQ(back, "and back");
}

TEST_F(proxy, slows_a_sender_down_to_its_receiver) {
  start();
  if (IsSkipped()) return;
  auto [client, target] = connect();
  const std::size_t sent = client.send_until_blocked(500ms);
  EXPECT_GT(sent, 100'000u);
  client.end_sending();
  EXPECT_EQ(target.receive_all().size(), sent);  // none was lost, and it was not the proxy's memory
}

TEST_F(proxy, closes_the_connection_of_a_client_whose_server_is_not_there) {
  start({"--to_address=127.0.0.1", "--connect_timeout=1s"});
  if (IsSkipped()) return;
  support::driven_program nowhere({"--port=0", "--to_port=1"});
  auto client = plain_connection::to(nowhere.port());
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_TRUE(nowhere.wait_for("Connection refused"));
}

TEST_F(proxy, ends_on_sigterm) {
  start({"--grace=100ms"});
  if (IsSkipped()) return;
  auto [client, target] = connect();
  EXPECT_EQ(program->terminate(), 0);
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_EQ(target.receive_all(), "");
}

}  // namespace
