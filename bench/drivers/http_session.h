// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_HTTP_SESSION_H
#define TIMED_BENCH_DRIVERS_HTTP_SESSION_H

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cstddef>
#include <string>
#include <utility>

#include "bench/clients/http_requests.h"
#include "bench/contenders/contender.h"
#include "timed/backend.h"

namespace timed::bench {

namespace http = boost::beast::http;

/// A request, and what has arrived after it.
struct incoming_request {
  boost::beast::flat_buffer buffer;
  http::request<http::string_body> message;
};

/// Boost.Beast's operation, which reads a whole request.
struct async_read_request {
  static auto start(auto& stream, incoming_request* request, auto&& token) {
    return http::async_read(stream, request->buffer, request->message,
                            std::forward<decltype(token)>(token));
  }
};

/// Boost.Beast's operation, which writes a whole response.
struct async_write_response {
  static auto start(auto& stream, http::response<http::string_body>* response, auto&& token) {
    return http::async_write(stream, *response, std::forward<decltype(token)>(token));
  }
};

/// Answers HTTP/1.1 requests as Boost.Beast's example does, with a body from memory. A session of
/// `request_server`.
template <class Contender, class Server>
class http_session {
 public:
  using executor_type = backend::io_context::executor_type;

  http_session(Server& server, const executor_type& executor, int descriptor)
      : server_(server), stream_(executor) {
    contenders::socket_of(stream_).assign(net::ip::tcp::v4(), descriptor);
    Contender::prepare(stream_);
    read();
  }

 private:
  void read() {
    request_.message = {};
    Contender::set_deadline(stream_);
    Contender::template start<async_read_request>(stream_, &request_,
                                                  [this](error_code failed, std::size_t) {
                                                    if (failed) return server_.fail(failed);
                                                    answer();
                                                  });
  }

  void answer() {
    static const std::string body = http_body();
    const bool is_known =
        request_.message.method() == http::verb::get && request_.message.target() == http_target;
    response_ = {is_known ? http::status::ok : http::status::not_found, request_.message.version()};
    response_.set(http::field::server, "timed_stream");
    response_.set(http::field::content_type, "text/plain");
    response_.keep_alive(request_.message.keep_alive());
    if (is_known) response_.body() = body;
    response_.prepare_payload();
    Contender::set_deadline(stream_);
    Contender::template start<async_write_response>(stream_, &response_,
                                                    [this](error_code failed, std::size_t) {
                                                      if (failed) return server_.fail(failed);
                                                      server_.add_answer();
                                                      read();
                                                    });
  }

  Server& server_;
  typename Contender::template stream<net::ip::tcp, executor_type> stream_;
  incoming_request request_;
  http::response<http::string_body> response_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_HTTP_SESSION_H
