#include "vendored/waits.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/version.hpp>
#include <chrono>

int wait_with_vendored_asio() {
  boost::asio::io_context context;
  boost::asio::steady_timer timer(context, std::chrono::milliseconds(1));
  timer.async_wait([](auto) {});
  context.run();
  return BOOST_ASIO_VERSION;
}
