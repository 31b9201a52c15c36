#include <timed/beast.h>
#include <timed/tcp_stream.h>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <iostream>

namespace beast = boost::beast;
namespace http = beast::http;
namespace net = boost::asio;
using net::ip::tcp;
using stream_type = timed::basic_stream<tcp, net::any_io_executor, beast::simple_rate_policy>;

namespace {

net::awaitable<void> answer_one(stream_type stream) {
  beast::flat_buffer buffer;
  http::request<http::empty_body> request;
  stream.expires_after(std::chrono::minutes(1));
  co_await http::async_read(stream, buffer, request, net::use_awaitable);
  http::response<http::string_body> response(http::status::ok, request.version());
  response.body() = std::string(request.target());
  response.prepare_payload();
  co_await http::async_write(stream, response, net::use_awaitable);
}

net::awaitable<void> ask(tcp::endpoint server) {
  stream_type stream(co_await net::this_coro::executor);
  stream.expires_after(std::chrono::minutes(1));
  co_await stream.async_connect(server, net::use_awaitable);
  http::request<http::empty_body> request(http::verb::get, "/hello", 11);
  co_await http::async_write(stream, request, net::use_awaitable);
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  co_await http::async_read(stream, buffer, response, net::use_awaitable);
  std::cout << timed::backend::name() << ' ' << response.result_int() << ' ' << response.body()
            << '\n';
}

void rethrow(std::exception_ptr thrown) {
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

int main() {
  timed::backend::io_context context;
  timed::backend::basic_acceptor<tcp> acceptor(context, {net::ip::address_v4::loopback(), 0});
  acceptor.async_accept([&](timed::error_code ec, auto socket) {
    if (ec) throw boost::system::system_error(ec);
    net::co_spawn(context, answer_one(stream_type(std::move(socket))), rethrow);
  });
  net::co_spawn(context, ask(acceptor.local_endpoint()), rethrow);
  context.run();
}
