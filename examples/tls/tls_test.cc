// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "support/driven.h"

namespace {

using namespace std::chrono_literals;
using support::driven_program;
using support::plain_connection;

// The tests need the program `openssl`, for a certificate and as a client.
class tls : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string files = testing::TempDir() + "/" + std::to_string(::getpid());
    certificate = files + ".certificate.pem";
    key = files + ".key.pem";
    const std::string make =
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
        "-addext subjectAltName=DNS:localhost -keyout " +
        key + " -out " + certificate + " 2>/dev/null";
    if (std::system(make.c_str()) != 0) GTEST_SKIP() << "there is no openssl";
  }

  void start(std::vector<std::string> flags = {}) {
    flags.insert(flags.end(), {"--port=0", "--certificate=" + certificate, "--key=" + key});
    server.emplace(flags);
    SKIP_IF_FORBIDDEN(*server);
  }

  driven_program client(std::uint16_t port, std::vector<std::string> flags = {}) {
    flags.insert(flags.end(), {"--port=" + std::to_string(port), "--authority=" + certificate,
                               "hello over TLS"});
    return driven_program(std::getenv("TLS_CLIENT"), flags);
  }

  inline static std::string certificate, key;
  std::optional<driven_program> server;
};

TEST_F(tls, carries_a_line_there_and_back_and_ends_in_order) {
  start();
  if (IsSkipped()) return;
  auto one = client(server->port());
  EXPECT_EQ(one.wait(), 0);
  EXPECT_NE(one.output().find("hello over TLS\n"), std::string::npos);
  EXPECT_TRUE(server->wait_for("ended: in order"));
}

TEST_F(tls, is_understood_by_openssl) {
  start();
  if (IsSkipped()) return;
  driven_program other("openssl", {"s_client", "-quiet", "-verify_return_error", "-CAfile",
                                   certificate, "-verify_hostname", "localhost", "-connect",
                                   "127.0.0.1:" + std::to_string(server->port())});
  other.write("hello from openssl\n");
  EXPECT_TRUE(other.wait_for("hello from openssl\n"));
}

TEST_F(tls, client_trusts_no_other_name) {
  start();
  if (IsSkipped()) return;
  auto one = client(server->port(), {"--name=example.org"});
  EXPECT_EQ(one.wait(), 1);
  EXPECT_NE(one.output().find("certificate verify failed"), std::string::npos);
}

TEST_F(tls, server_bounds_the_handshake) {
  start({"--handshake_timeout=200ms"});
  if (IsSkipped()) return;
  auto silent = plain_connection::to(server->port());
  EXPECT_EQ(silent.receive_all(), "");
  EXPECT_TRUE(server->wait_for("handshake: timed out"));
}

TEST_F(tls, client_bounds_the_handshake) {
  start();
  if (IsSkipped()) return;
  support::plain_listener silent;  // the kernel accepts for it
  auto one = client(silent.port(), {"--timeout=200ms"});
  EXPECT_EQ(one.wait(), 1);
  EXPECT_NE(one.output().find("timed out"), std::string::npos);
}

TEST_F(tls, server_disconnects_a_client_that_is_silent) {
  start({"--idle_timeout=200ms"});
  if (IsSkipped()) return;
  driven_program other(
      "openssl", {"s_client", "-quiet", "-connect", "127.0.0.1:" + std::to_string(server->port())});
  EXPECT_TRUE(server->wait_for("read: timed out"));
}

TEST_F(tls, server_ends_on_sigterm) {
  start({"--grace=100ms"});
  if (IsSkipped()) return;
  auto silent = plain_connection::to(server->port());
  EXPECT_EQ(server->terminate(), 0);
}

}  // namespace
