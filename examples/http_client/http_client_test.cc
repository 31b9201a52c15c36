// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "support/driven.h"

namespace {

using namespace std::chrono_literals;

class http_client : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    support::driven_program probe({"http://127.0.0.1:1/", "--retries=0"});
    SKIP_IF_FORBIDDEN(probe);
  }

  std::vector<std::string> get(const std::string& target, std::vector<std::string> flags = {}) {
    flags.push_back("http://127.0.0.1:" + std::to_string(server.port()) + target);
    flags.push_back("--backoff=20ms");
    return flags;
  }

  // Takes one request, and answers it.
  std::string answer(const std::string& text) {
    auto connection = server.accept();
    std::string request = connection.receive_until("\r\n\r\n");
    connection.send(text);
    return request;
  }

  support::plain_listener server;
};

const std::string hello = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";

TEST_F(http_client, writes_what_it_gets) {
  support::driven_program client(get("/a?b=c"));
  EXPECT_TRUE(answer(hello).starts_with("GET /a?b=c HTTP/1.1\r\n"));
  EXPECT_EQ(client.wait(), 0);
  EXPECT_NE(client.output().find("hello\n"), std::string::npos);
}

TEST_F(http_client, follows_redirects_but_not_for_ever) {
  support::driven_program client(get("/0", {"--redirects=2"}));
  for (int i = 0; i < 3; ++i) {
    const std::string number = std::to_string(i);
    const std::string request = answer("HTTP/1.1 302 Found\r\nLocation: /" + std::to_string(i + 1) +
                                       "#part\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(request.starts_with("GET /" + number + " ")) << request;
  }
  EXPECT_EQ(client.wait(), 1);
  EXPECT_NE(client.output().find("not followed: a redirect to /3"), std::string::npos);
}

TEST_F(http_client, tries_again_after_an_error_of_the_server_and_after_a_reset) {
  support::driven_program client(get("/"));
  answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
  answer("");  // closed
  answer(hello);
  EXPECT_EQ(client.wait(), 0);
}

TEST_F(http_client, does_not_try_again_after_an_answer_that_is_no_http) {
  support::driven_program client(get("/", {"--backoff=1h"}));
  answer("nonsense\r\n\r\n");
  EXPECT_EQ(client.wait(), 1);
}

TEST_F(http_client, tries_again_when_an_attempt_takes_too_long) {
  support::driven_program client(get("/", {"--attempt_timeout=200ms", "--retries=100"}));
  auto silent = server.accept();
  // Each further attempt is answered; on a busy machine, the first ones may be so too late.
  std::atomic<bool> has_ended = false;
  std::thread answering([&] {
    while (!has_ended) answer(hello);
  });
  EXPECT_EQ(client.wait(), 0);
  has_ended = true;
  support::plain_connection::to(server.port());  // so that the thread sees it
  answering.join();
}

TEST_F(http_client, gives_up_when_the_deadline_for_all_of_it_has_passed) {
  const auto started = std::chrono::steady_clock::now();
  support::driven_program client(
      get("/", {"--deadline=500ms", "--attempt_timeout=200ms", "--retries=100"}));
  EXPECT_EQ(client.wait(), 1);  // the kernel accepts, and no answer comes
  EXPECT_NE(client.output().find("timed out"), std::string::npos);
  const auto taken = std::chrono::steady_clock::now() - started;
  EXPECT_GE(taken, 350ms);
  EXPECT_LT(taken, 10s);
}

TEST_F(http_client, does_not_let_a_slow_body_extend_the_deadline) {
  const auto started = std::chrono::steady_clock::now();
  support::driven_program client(get("/", {"--deadline=1s", "--retries=0"}));
  auto connection = server.accept();
  connection.receive_until("\r\n\r\n");
  connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
  connection.drip(std::string(1000, 'x'), 20ms);
  EXPECT_EQ(client.wait(), 1);
  EXPECT_NE(client.output().find("timed out"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - started, 10s);
}

TEST_F(http_client, ends_on_sigterm) {
  support::driven_program client(get("/"));
  auto silent = server.accept();
  silent.receive_until("\r\n\r\n");
  EXPECT_EQ(client.terminate(), 1);
}

TEST_F(http_client, says_what_is_wrong_with_its_arguments) {
  support::driven_program client({"ftp://127.0.0.1/"});
  EXPECT_EQ(client.wait(), 2);
}

}  // namespace
