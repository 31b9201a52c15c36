// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// An HTTP/1.1 server for static files, by Boost.Beast.
//
// It is safe against peers that are slow on purpose, as each request has three limits in time: to
// come (--keep_alive_timeout for its first byte, --header_timeout for its header as a whole), and
// to be answered (--answer_timeout, and more for larger files, at --bytes_per_second).

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "support/program.h"
#include "support/server.h"
#include "timed/backend.h"
#include "timed/socket_stream.h"
#include "timed/tcp_stream.h"
#include "timed/with_timeout.h"

ABSL_FLAG(std::string, address, "127.0.0.1", "The address to listen on.");
ABSL_FLAG(std::uint16_t, port, 8080, "The port to listen on; 0 is any that is free.");
ABSL_FLAG(std::string, root, ".", "The folder whose files are served.");
ABSL_FLAG(absl::Duration, keep_alive_timeout, absl::Seconds(30), "The time between requests.");
ABSL_FLAG(absl::Duration, header_timeout, absl::Seconds(10), "The time for a request's header.");
ABSL_FLAG(absl::Duration, answer_timeout, absl::Seconds(10), "The time for an answer, at least.");
ABSL_FLAG(std::uint32_t, bytes_per_second, 4096, "What a client has to take: adds to the above.");
ABSL_FLAG(absl::Duration, grace, absl::Seconds(5), "The time for answers to end after SIGTERM.");

namespace {

namespace net = support::net;
namespace http = boost::beast::http;
namespace fs = std::filesystem;
using support::as_result;

constexpr std::uint32_t header_size_max = 16 * 1024;

// @return The text with each "%41" as "A"; none if something else follows a '%'.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = static_cast<unsigned char>(text[i]);
    if (text[i] == '%') {
      const std::string_view digits = text.substr(i + 1, 2);
      const auto [end, failed] = std::from_chars(digits.begin(), digits.end(), value, 16);
      if (failed != std::errc() || end - digits.begin() != 2) return {};
      i += 2;
    }
    decoded += static_cast<char>(value);
  }
  return decoded;
}

// @return The file that a target such as "/a/b.html?c" names; for a folder, "index.html" in it, or
//     the folder if the target does not end with a slash. None if it is not below `root`.
std::optional<fs::path> file_of(const fs::path& root, std::string_view target) {
  const auto path = percent_decoded(target.substr(0, target.find_first_of("?#")));
  if (!path || !path->starts_with('/') || path->starts_with("//")) return {};
  if (path->find('\0') != path->npos) return {};
  std::error_code failed;
  fs::path file = fs::canonical(root / path->substr(1), failed);  // follows links and ".."
  if (!failed && path->ends_with('/')) file = fs::canonical(file / "index.html", failed);
  if (failed || !(fs::is_regular_file(file, failed) || fs::is_directory(file, failed))) return {};
  const auto inside = fs::relative(file, root, failed);
  if (failed || inside.empty() || *inside.begin() == "..") return {};
  return file;
}

std::string_view type_of(const fs::path& file) {
  static const std::map<std::string, std::string_view> types{
      {".css", "text/css"},  {".html", "text/html"},    {".js", "text/javascript"},
      {".png", "image/png"}, {".svg", "image/svg+xml"}, {".txt", "text/plain"}};
  const auto found = types.find(file.extension().string());
  return found == types.end() ? "application/octet-stream" : found->second;
}

// What the connections have in common.
struct settings {
  fs::path root = fs::canonical(absl::GetFlag(FLAGS_root));
  std::chrono::milliseconds keep_alive = support::milliseconds_of(FLAGS_keep_alive_timeout);
  std::chrono::milliseconds header = support::milliseconds_of(FLAGS_header_timeout);
  std::chrono::milliseconds answer = support::milliseconds_of(FLAGS_answer_timeout);
  std::uint32_t bytes_per_second = absl::GetFlag(FLAGS_bytes_per_second);
  std::chrono::milliseconds linger{1000};
  bool ending = false;                // after SIGTERM: no connection is kept alive
  std::set<timed::tcp_stream*> idle;  // those that wait for a request
};

using request = http::request<http::empty_body>;

template <class Body>
http::response<Body> begin_answer(const request& asked, http::status status, bool keep_alive) {
  http::response<Body> answer(status, asked.version());
  answer.set(http::field::server, "timed_stream example");
  answer.keep_alive(keep_alive);
  return answer;
}

// @return Whether the connection can be used further.
template <class Body>
net::awaitable<bool> send(timed::tcp_stream& stream, http::response<Body> answer, bool only_header,
                          const settings& with) {
  const auto size = answer.payload_size().value_or(0);
  LOG(INFO) << answer.result_int() << ' ' << size;
  http::response_serializer<Body> serializer(answer);
  // A deadline for the answer as a whole: a peer that takes a byte now and then does not extend it.
  stream.expires_after(with.answer +
                       std::chrono::milliseconds(size * 1000 / with.bytes_per_second));
  timed::error_code error;
  if (only_header) {
    std::tie(error, std::ignore) = co_await http::async_write_header(stream, serializer, as_result);
  } else {
    std::tie(error, std::ignore) = co_await http::async_write(stream, serializer, as_result);
  }
  stream.expires_never();
  if (error) LOG(INFO) << "answer: " << error.message();
  co_return !error && answer.keep_alive();
}

// Sends the status, as a text too.
net::awaitable<bool> send_status(timed::tcp_stream& stream, const request& asked,
                                 http::status status, bool keep_alive, const settings& with,
                                 const std::string& location = {}) {
  auto answer = begin_answer<http::string_body>(asked, status, keep_alive);
  if (!location.empty()) answer.set(http::field::location, location);
  answer.set(http::field::content_type, "text/plain");
  answer.body() = std::string(http::obsolete_reason(status)) + "\n";
  answer.prepare_payload();
  co_return co_await send(stream, std::move(answer), asked.method() == http::verb::head, with);
}

net::awaitable<bool> answer(timed::tcp_stream& stream, const request& asked, const settings& with) {
  // A body is not read, so the connection ends after it.
  const bool has_body = asked.chunked() || asked.find(http::field::content_length) != asked.end();
  const bool keep_alive = asked.keep_alive() && !has_body && !with.ending;
  LOG(INFO) << asked.method_string() << ' ' << asked.target();
  if (asked.method() != http::verb::get && asked.method() != http::verb::head) {
    co_return co_await send_status(stream, asked, http::status::method_not_allowed, false, with);
  }
  const std::string_view target = asked.target();
  const auto path = file_of(with.root, target);
  std::error_code unknown;
  if (path && fs::is_directory(*path, unknown)) {  // for the links in its index.html
    const auto query = std::min(target.find_first_of("?#"), target.size());
    const auto location = std::string(target).insert(query, "/");
    co_return co_await send_status(stream, asked, http::status::moved_permanently, keep_alive, with,
                                   location);
  }
  http::file_body::value_type file;
  timed::error_code error;
  if (path) file.open(path->c_str(), boost::beast::file_mode::scan, error);
  if (!path || error) {
    co_return co_await send_status(stream, asked, http::status::not_found, keep_alive, with);
  }
  auto found = begin_answer<http::file_body>(asked, http::status::ok, keep_alive);
  found.set(http::field::content_type, type_of(*path));
  found.body() = std::move(file);
  found.prepare_payload();
  co_return co_await send(stream, std::move(found), asked.method() == http::verb::head, with);
}

bool is_malformed(const timed::error_code& error) {
  return error.category() == make_error_code(http::error::bad_version).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

net::awaitable<void> serve(timed::tcp_stream stream, settings& with) {
  boost::beast::flat_buffer received(2 * header_size_max);
  do {
    if (received.size() == 0) {  // the idle time between requests counts separately
      with.idle.insert(&stream);
      const auto [error, size] = co_await stream.async_read_some(
          received.prepare(4096), timed::with_timeout(with.keep_alive, as_result));
      with.idle.erase(&stream);
      if (error) co_return;
      received.commit(size);
    }
    http::request_parser<http::empty_body> parser;
    parser.header_limit(header_size_max);
    parser.body_limit(boost::none);  // as it is not read
    const auto [error, size] = co_await http::async_read_header(
        stream, received, parser, timed::with_timeout(with.header, as_result));
    if (is_malformed(error)) {
      co_await send_status(stream, {}, http::status::bad_request, false, with);
      break;
    }
    if (error) co_return;  // with timed::error::timeout the stream is closed already
    if (!co_await answer(stream, parser.get(), with)) break;
  } while (!with.ending);
  // Ends our side, and drops what still arrives: to close at once would reset the connection, and
  // the client might lose the answer. Takes linger_timeout at most.
  stream.linger_timeout(with.linger);
  co_await timed::async_teardown(boost::beast::role_type::server, stream, as_result);
}

}  // namespace

int main(int argc, char** argv) {
  support::start_program("Serves the files of a folder by HTTP/1.1.", argc, argv);
  try {
    timed::backend::io_context context;
    settings with;
    if (with.bytes_per_second == 0) throw std::invalid_argument("--bytes_per_second is 0");
    support::server_options options;
    options.listen_on = {net::ip::make_address(absl::GetFlag(FLAGS_address)),
                         absl::GetFlag(FLAGS_port)};
    options.grace = support::milliseconds_of(FLAGS_grace);
    options.on_stop = [&] {
      with.ending = true;
      for (timed::tcp_stream* each : with.idle) each->cancel();
    };
    support::run_server(context, options,
                        [&](timed::tcp_stream stream) { return serve(std::move(stream), with); });
    return 0;
  } catch (const std::exception& failure) {
    LOG(ERROR) << failure.what();
    return 1;
  }
}
