// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What http_cpu relies on: the client detects a server that does not work.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/clients/closed_loop_client.h"
#include "bench/clients/http_requests.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

std::string receive_request(const owned_descriptor& from) {
  std::string request;
  while (!request.ends_with("\r\n\r\n")) {
    std::array<char, 1024> memory;
    const ::ssize_t received = ::recv(from.get(), memory.data(), memory.size(), 0);
    if (received <= 0) return "the connection has ended after: " + request;
    request.append(memory.data(), static_cast<std::size_t>(received));
  }
  return request;
}

void send(const owned_descriptor& to, const std::string& bytes) {
  EXPECT_EQ(::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
            static_cast<::ssize_t>(bytes.size()));
}

std::string response_with(const std::string& body, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

// What the client says of a server that sends this to it.
std::string outcome_of(const std::string& response) {
  closed_loop_client client(1, http_requests);
  std::vector<owned_descriptor> connections = client.take_connections();
  client.begin(1);
  receive_request(connections[0]);
  send(connections[0], response);
  try {
    client.await_end();
  } catch (const std::runtime_error& failure) {
    return failure.what();
  }
  return "";
}

TEST(http_client, asks_for_the_page_on_each_connection) {
  closed_loop_client client(2, http_requests);
  const std::vector<owned_descriptor> connections = client.take_connections();
  client.begin(3);
  EXPECT_TRUE(receive_request(connections[0]).starts_with("GET /page HTTP/1.1\r\nHost: "));
  EXPECT_TRUE(receive_request(connections[1]).starts_with("GET /page HTTP/1.1\r\nHost: "));
  send(connections[0], response_with(http_body()));
  EXPECT_TRUE(receive_request(connections[0]).starts_with("GET /page HTTP/1.1\r\nHost: "));
  send(connections[0], response_with(http_body()));
  send(connections[1], response_with(http_body()));
  EXPECT_NO_THROW(client.await_end());
}

TEST(http_client, waits_for_the_rest_of_a_response) {
  const std::string response = response_with(http_body());
  for (const std::size_t first : {std::size_t{5}, response.size() - 1}) {
    closed_loop_client client(1, http_requests);
    const std::vector<owned_descriptor> connections = client.take_connections();
    client.begin(1);
    receive_request(connections[0]);
    send(connections[0], response.substr(0, first));
    EXPECT_EQ(client.failure(), "it says nothing");
    send(connections[0], response.substr(first));
    EXPECT_NO_THROW(client.await_end());
  }
}

TEST(http_client, fails_if_a_response_is_wrong) {
  std::string body = http_body();
  body.back() ^= 1;
  EXPECT_EQ(outcome_of(response_with(body)), "the client: a body is not what was expected");
  EXPECT_EQ(outcome_of(response_with(http_body() + "x")),
            "the client: a body is not what was expected");
  EXPECT_EQ(outcome_of("HTTP/1.1 200 OK\r\n\r\n"), "the client: a response without its length");
  EXPECT_EQ(outcome_of("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" + std::string(4000, 'x')),
            "the client: a response is too long");
  EXPECT_TRUE(outcome_of(response_with("", "404 Not Found"))
                  .starts_with("the client: a response is not 200 OK: HTTP/1.1 404"));
}

TEST(http_client, fails_if_a_connection_is_closed) {
  closed_loop_client client(1, http_requests);
  std::vector<owned_descriptor> connections = client.take_connections();
  client.begin(1);
  receive_request(connections[0]);
  connections.clear();
  EXPECT_THROW(client.await_end(), std::runtime_error);
}

}  // namespace
}  // namespace timed::bench
