// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A separate file, because <linux/tcp.h>, which has all of tcp_info with every C library, conflicts
// with <netinet/tcp.h>, which Asio includes.

#include "bench/drivers/tcp_sending.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace timed::bench {

tcp_sending tcp_sending_of(int descriptor) {
  tcp_info info{};
  socklen_t length = sizeof(info);
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) {
    throw std::system_error(errno, std::generic_category(), "getsockopt(TCP_INFO)");
  }
  return {info.tcpi_data_segs_out, info.tcpi_notsent_bytes};
}

}  // namespace timed::bench
