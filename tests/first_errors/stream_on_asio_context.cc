// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <boost/asio/io_context.hpp>

#include "timed/tcp_stream.h"

void connect_on(boost::asio::io_context& context) {
  timed::tcp_stream stream(context);
}
