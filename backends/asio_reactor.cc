// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/asio_reactor.h"

#include <boost/asio/execution_context.hpp>

#if defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT)
#include <boost/asio/detail/io_uring_service.hpp>
#endif

namespace timed::detail {

// Asio has no public function for this. `interrupt()` submits a request that does nothing, and with
// it all that were prepared before.
void submit_asio_operations([[maybe_unused]] boost::asio::execution_context& context) {
#if defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT)
  boost::asio::use_service<boost::asio::detail::io_uring_service>(context).interrupt();
#endif
}

}  // namespace timed::detail
