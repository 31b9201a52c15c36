// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "support/driven.h"

namespace {

using namespace std::chrono_literals;
using support::plain_connection;

constexpr std::size_t large_size = 40'000'000;

class http_server : public testing::Test {
 protected:
  void start(std::vector<std::string> flags = {}) {
    folder = std::filesystem::path(testing::TempDir()) / ("www" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder / "root");
    std::ofstream(folder / "root/index.html") << "<p>hello</p>\n";
    std::ofstream(folder / "secret.txt") << "secret\n";
    std::ofstream(folder / "root/large.bin") << std::string(large_size, 'l');
    flags.insert(flags.end(), {"--port=0", "--root=" + (folder / "root").string()});
    program.emplace(flags);
    SKIP_IF_FORBIDDEN(*program);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  plain_connection ask(const std::string& request) {
    auto connection = plain_connection::to(program->port());
    connection.send(request);
    return connection;
  }

  std::filesystem::path folder;
  std::optional<support::driven_program> program;
};

const std::string end_of_request = " HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST_F(http_server, serves_files_over_one_connection) {
  start();
  if (IsSkipped()) return;
  auto client = ask("GET /" + end_of_request);
  const std::string header = client.receive_until("\r\n\r\n");
  EXPECT_TRUE(header.starts_with("HTTP/1.1 200 OK\r\n")) << header;
  EXPECT_NE(header.find("Content-Type: text/html"), header.npos) << header;
  EXPECT_EQ(client.receive_until("\n"), "<p>hello</p>\n");
  client.send("HEAD /index.html" + end_of_request + "GET /none" + end_of_request);  // pipelined
  EXPECT_NE(client.receive_until("\r\n\r\n").find("Content-Length: 13\r\n"), std::string::npos);
  EXPECT_TRUE(client.receive_until("\r\n\r\n").starts_with("HTTP/1.1 404 "));
}

TEST_F(http_server, serves_a_large_file_in_full) {
  start();
  if (IsSkipped()) return;
  auto client = ask("GET /large.bin HTTP/1.1\r\nConnection: close\r\n\r\n");
  client.receive_until("\r\n\r\n");
  EXPECT_EQ(client.receive_all().size(), large_size);
}

TEST_F(http_server, serves_nothing_from_outside_of_its_root) {
  start();
  if (IsSkipped()) return;
  std::filesystem::create_symlink(folder / "secret.txt", folder / "root/link.txt");
  for (const std::string target :
       {"/../secret.txt", "/link.txt", "//etc/passwd", "/a/../../secret.txt"}) {
    auto client = ask("GET " + target + end_of_request);
    EXPECT_TRUE(client.receive_until("\r\n\r\n").starts_with("HTTP/1.1 404 ")) << target;
  }
}

TEST_F(http_server, understands_percent_encoded_names) {
  start();
  if (IsSkipped()) return;
  std::ofstream(folder / "root/caf\xc3\xa9 menu.txt") << "tea\n";
  auto client = ask("GET /caf%C3%A9%20menu.txt" + end_of_request);
  EXPECT_TRUE(client.receive_until("\r\n\r\n").starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(client.receive_until("\n"), "tea\n");
  for (const std::string target : {"/%2e%2e/secret.txt", "/index.html%00", "/%", "/%4", "/%zz"}) {
    auto other = ask("GET " + target + end_of_request);
    EXPECT_TRUE(other.receive_until("\r\n\r\n").starts_with("HTTP/1.1 404 ")) << target;
  }
}

TEST_F(http_server, redirects_to_a_folder_with_its_slash) {
  start();
  if (IsSkipped()) return;
  std::filesystem::create_directory(folder / "root/docs");
  std::ofstream(folder / "root/docs/index.html") << "<p>docs</p>\n";
  auto client = ask("GET /docs?a=b" + end_of_request);
  const std::string header = client.receive_until("\r\n\r\n");
  EXPECT_TRUE(header.starts_with("HTTP/1.1 301 ")) << header;
  EXPECT_NE(header.find("Location: /docs/?a=b\r\n"), header.npos) << header;
  EXPECT_TRUE(
      ask("GET /docs/" + end_of_request).receive_until("</p>\n").ends_with("<p>docs</p>\n"));
}

TEST_F(http_server, refuses_what_is_no_http_or_another_method) {
  start();
  if (IsSkipped()) return;
  EXPECT_TRUE(ask("nonsense\r\n\r\n").receive_all().starts_with("HTTP/1.1 400 "));
  // More than it reads: to close at once would reset the connection, and the answer would be lost.
  auto talkative = ask("GET / HTTP/1.1\r\nX: " + std::string(1'000'000, 'x'));
  EXPECT_TRUE(talkative.receive_all().starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ask("POST /" + end_of_request).receive_all().starts_with("HTTP/1.1 405 "));
  auto client = ask("GET / HTTP/1.1\r\nContent-Length: 10000000\r\n\r\n");
  client.send(std::string(10'000'000, 'b'));  // dropped
  EXPECT_TRUE(client.receive_all().ends_with("</p>\n"));
}

TEST_F(http_server, disconnects_a_client_whose_header_comes_byte_by_byte) {
  start({"--header_timeout=300ms"});
  if (IsSkipped()) return;
  const auto started = std::chrono::steady_clock::now();
  auto client = plain_connection::to(program->port());
  client.drip("GET / HTTP/1.1\r\n" + std::string(1000, 'x'), 20ms);
  EXPECT_EQ(client.receive_all(), "");
  const auto taken = std::chrono::steady_clock::now() - started;
  EXPECT_GE(taken, 300ms);
  EXPECT_LT(taken, 10s);
}

TEST_F(http_server, disconnects_a_client_that_asks_for_nothing) {
  start({"--keep_alive_timeout=200ms"});
  if (IsSkipped()) return;
  auto client = ask("GET /" + end_of_request);
  client.receive_until("</p>\n");
  EXPECT_EQ(client.receive_all(), "");
}

TEST_F(http_server, disconnects_a_client_that_takes_its_answer_too_slowly) {
  start({"--answer_timeout=300ms", "--bytes_per_second=1000000000"});
  if (IsSkipped()) return;
  auto client = ask("GET /large.bin" + end_of_request);
  EXPECT_TRUE(program->wait_for("answer: timed out"));  // while nothing is read
  EXPECT_LT(client.receive_all().size(), large_size);
}

TEST_F(http_server, finishes_an_answer_after_sigterm) {
  start();
  if (IsSkipped()) return;
  auto client = ask("GET /large.bin" + end_of_request);
  client.receive_until("\r\n\r\n");
  program->signal(SIGTERM);
  EXPECT_TRUE(program->wait_for("ending"));
  EXPECT_EQ(client.receive_all().size(), large_size);
  EXPECT_EQ(program->wait(), 0);
}

TEST_F(http_server, does_not_wait_for_an_idle_client_after_sigterm) {
  start({"--grace=1h"});
  if (IsSkipped()) return;
  auto client = ask("GET /" + end_of_request);
  client.receive_until("</p>\n");
  EXPECT_EQ(program->terminate(), 0);
  EXPECT_EQ(client.receive_all(), "");
}

TEST_F(http_server, is_driven_by_curl) {
  if (std::system("curl --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no curl";
  start();
  if (IsSkipped()) return;
  const std::string port = std::to_string(program->port());
  EXPECT_EQ(std::system(("curl --silent --fail --output - http://127.0.0.1:" + port +
                         "/index.html | grep -q '<p>hello</p>'")
                            .c_str()),
            0);
}

}  // namespace
