#include "client/client.h"

#include <timed/backend.h>
#include <timed/error.h>
#include <timed/tcp_stream.h>

#include <boost/asio.hpp>
#include <thread>

namespace net = boost::asio;
using net::ip::tcp;

namespace {

tcp::endpoint on_this_machine(unsigned short port) {
  return {net::ip::address_v4::loopback(), port};
}

net::awaitable<std::string> exchange(tcp::endpoint server, std::string text,
                                     std::chrono::milliseconds at_most) {
  timed::tcp_stream stream(co_await net::this_coro::executor);
  stream.expires_after(at_most);
  try {
    co_await stream.async_connect(server, net::use_awaitable);
    co_await net::async_write(stream, net::buffer(text), net::use_awaitable);
    std::string answer(text.size(), '\0');
    co_await net::async_read(stream, net::buffer(answer), net::use_awaitable);
    co_return answer;
  } catch (const boost::system::system_error& error) {
    if (error.code() == timed::error::timeout) co_return "timeout";
    throw;
  }
}

}  // namespace

std::string ask(unsigned short port, const std::string& text, std::chrono::milliseconds at_most) {
  timed::backend::io_context context;
  auto answer =
      net::co_spawn(context, exchange(on_this_machine(port), text, at_most), net::use_future);
  context.run();
  return answer.get();
}

std::string ask_both() {
  timed::backend::io_context context;
  timed::backend::basic_acceptor<tcp> echo(context, on_this_machine(0));
  timed::backend::basic_acceptor<tcp> silent(context, on_this_machine(0));
  std::thread server([&] {
    auto socket = echo.accept();
    std::string text(5, '\0');
    net::read(socket, net::buffer(text));
    net::write(socket, net::buffer(text));
  });
  const auto answer = ask(echo.local_endpoint().port(), "hello", std::chrono::minutes(1));
  server.join();
  return std::string(timed::backend::name()) + " " + answer + " " +
         ask(silent.local_endpoint().port(), "hello", std::chrono::milliseconds(20));
}
