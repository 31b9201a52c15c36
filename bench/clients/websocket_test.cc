// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What websocket_cpu relies on: the client detects a server that does not work.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/clients/closed_loop_client.h"
#include "bench/clients/echo_meter.h"
#include "bench/clients/websocket_requests.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

// RFC 6455, section 1.3: the answer to the client's key.
const std::string opening_response =
    "HTTP/1.1 101 Switching Protocols\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

void send(const owned_descriptor& to, const std::string& bytes) {
  EXPECT_EQ(::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
            static_cast<::ssize_t>(bytes.size()));
}

std::string receive(const owned_descriptor& from, std::size_t bytes) {
  std::string text(bytes, '\0');
  const ::ssize_t received = ::recv(from.get(), text.data(), text.size(), MSG_WAITALL);
  text.resize(received < 0 ? 0 : static_cast<std::size_t>(received));
  return text;
}

std::string receive_opening_request(const owned_descriptor& from) {
  std::string request;
  while (!request.ends_with("\r\n\r\n")) {
    const std::string byte = receive(from, 1);
    if (byte.empty()) return "the connection has ended after: " + request;
    request += byte;
  }
  return request;
}

// @return The payload of the client's next frame: final, binary, masked.
std::string receive_payload(const owned_descriptor& from) {
  const std::string head = receive(from, 6);
  EXPECT_EQ(head.substr(0, 2), std::string({'\x82', static_cast<char>(0x80 | echo_bytes)}));
  std::string payload = receive(from, echo_bytes);
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] ^= head[2 + i % 4];
  return payload;
}

std::string frame_with(const std::string& payload) {
  return std::string({'\x82', static_cast<char>(payload.size())}) + payload;
}

// A client with one connection, which has been told to make requests.
class one_connection {
 public:
  explicit one_connection(std::size_t requests)
      : client(1, websocket_requests), connections(client.take_connections()) {
    client.begin(requests);
  }

  const owned_descriptor& server() const { return connections[0]; }

  std::string outcome() {
    try {
      client.await_end();
    } catch (const std::runtime_error& failure) {
      return failure.what();
    }
    return "";
  }

  closed_loop_client client;
  std::vector<owned_descriptor> connections;
};

TEST(websocket_client, opens_the_connection_and_makes_requests) {
  one_connection pair(2);
  EXPECT_TRUE(receive_opening_request(pair.server()).starts_with("GET / HTTP/1.1\r\n"));
  send(pair.server(), opening_response);
  const std::string first = receive_payload(pair.server());
  send(pair.server(), frame_with(first));
  const std::string second = receive_payload(pair.server());
  EXPECT_NE(first, second);
  send(pair.server(), frame_with(second));
  EXPECT_EQ(pair.outcome(), "");
}

TEST(websocket_client, opens_a_connection_once) {
  one_connection pair(1);
  receive_opening_request(pair.server());
  send(pair.server(), opening_response);
  send(pair.server(), frame_with(receive_payload(pair.server())));
  EXPECT_EQ(pair.outcome(), "");
  pair.client.begin(1);
  send(pair.server(), frame_with(receive_payload(pair.server())));
  EXPECT_EQ(pair.outcome(), "");
}

TEST(websocket_client, waits_for_the_rest_of_an_answer) {
  one_connection pair(1);
  receive_opening_request(pair.server());
  send(pair.server(), opening_response.substr(0, 100));
  EXPECT_EQ(pair.client.failure(), "it says nothing");
  send(pair.server(), opening_response.substr(100));
  const std::string answer = frame_with(receive_payload(pair.server()));
  send(pair.server(), answer.substr(0, 10));
  EXPECT_EQ(pair.client.failure(), "it says nothing");
  send(pair.server(), answer.substr(10));
  EXPECT_EQ(pair.outcome(), "");
}

TEST(websocket_client, fails_if_the_server_refuses) {
  one_connection pair(1);
  receive_opening_request(pair.server());
  send(pair.server(), "HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_EQ(pair.outcome(),
            "the client: the server refuses the WebSocket: HTTP/1.1 400 Bad Request\r\n\r\n");
}

TEST(websocket_client, fails_if_an_answer_is_wrong) {
  one_connection pair(1);
  receive_opening_request(pair.server());
  send(pair.server(), opening_response);
  std::string answer = frame_with(receive_payload(pair.server()));
  answer.back() ^= 1;
  send(pair.server(), answer);
  EXPECT_EQ(pair.outcome(), "the client: an answer is not what was sent");
}

TEST(websocket_client, fails_if_a_connection_is_closed) {
  one_connection pair(1);
  receive_opening_request(pair.server());
  pair.connections.clear();
  EXPECT_NE(pair.outcome(), "");
}

}  // namespace
}  // namespace timed::bench
