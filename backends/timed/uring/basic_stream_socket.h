// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// Stream sockets, such as TCP's, on a `timed::uring::io_context`.

#ifndef TIMED_URING_BASIC_STREAM_SOCKET_H
#define TIMED_URING_BASIC_STREAM_SOCKET_H

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <concepts>
#include <cstddef>
#include <utility>

#include "timed/detail/always_inline.h"
#include "timed/uring/basic_socket.h"

namespace timed::uring {

/// A stream socket with the interface of `net::basic_stream_socket`.
///
/// A write of one buffer is made by send(2) if the loop is idle, and a read into one buffer by
/// recv(2) if input is expected: that is cheaper than the ring, through which most other
/// operations go. The handler of such an operation is called as if by `post`. The immediate
/// executor is used only for operations that cannot start or transfer no bytes, and for connects of
/// Unix sockets.
///
/// Cancellation, closing and thread safety are as for `basic_socket`.
/// Deadlines are those of the streams over it: `timed::uring::basic_stream`.
template <class Protocol, class Executor = net::any_io_executor>
class basic_stream_socket : public basic_socket<Protocol, Executor> {
  using base = basic_socket<Protocol, Executor>;

 public:
  using typename base::endpoint_type;
  using typename base::executor_type;
  using typename base::message_flags;

  /// The same socket on another type of executor.
  template <class OtherExecutor>
  struct rebind_executor {
    /// The socket on the other executor.
    using other = basic_stream_socket<Protocol, OtherExecutor>;
  };

  using base::base;
  /// Moves the socket, with its outstanding operations.
  basic_stream_socket(basic_stream_socket&&) noexcept = default;
  /// As above; the socket that it has is closed first.
  basic_stream_socket& operator=(basic_stream_socket&&) noexcept = default;
  ~basic_stream_socket() = default;

  /// From one of another protocol, or with another type of executor, of the same context.
  template <class OtherProtocol, class OtherExecutor>
    requires detail::other_socket<Protocol, Executor, OtherProtocol, OtherExecutor>
  basic_stream_socket(basic_stream_socket<OtherProtocol, OtherExecutor>&& other)
      : base(static_cast<basic_socket<OtherProtocol, OtherExecutor>&&>(other)) {}
  /// As above; the socket that it has is closed first.
  template <class OtherProtocol, class OtherExecutor>
    requires detail::other_socket<Protocol, Executor, OtherProtocol, OtherExecutor>
  basic_stream_socket& operator=(basic_stream_socket<OtherProtocol, OtherExecutor>&& other) {
    return *this = basic_stream_socket(std::move(other));
  }

  /// Takes over the descriptor of one of Asio's sockets on the same context. The socket's
  /// outstanding operations report `operation_aborted`.
  template <class OtherExecutor>
    requires std::constructible_from<Executor, OtherExecutor>
  basic_stream_socket(net::basic_stream_socket<Protocol, OtherExecutor>&& other)
      : base(executor_type(other.get_executor())) {
    if (!other.is_open()) return;
    const Protocol protocol = other.local_endpoint().protocol();
    error_code ec;
    detail::socket_access::own_new(*this, protocol, other.release(), ec);
  }

  /// Sends some bytes. Blocks until there is room for any, unless the socket is non-blocking.
  /// @param flags As for send(2).
  /// @return The number of bytes sent.
  template <class Buffers>
  std::size_t send(const Buffers& buffers, message_flags flags = 0) {
    error_code ec;
    const std::size_t bytes = send(buffers, flags, ec);
    detail::throw_if(ec, "send");
    return bytes;
  }
  template <class Buffers>
  std::size_t send(const Buffers& buffers, message_flags flags, error_code& ec) {
    timed::detail::kernel_buffers_of<Buffers> vectors(buffers);
    if (!this->check_open(ec) || vectors.count() == 0) return 0;
    this->submit_started();
    return detail::send(this->native_handle(), vectors.message(), flags, !this->non_blocking(), ec);
  }

  /// Receives some bytes. Blocks until there are any, unless the socket is non-blocking. At the end
  /// of the stream the error is `net::error::eof`.
  /// @param flags As for recv(2).
  /// @return The number of bytes received.
  template <class Buffers>
  std::size_t receive(const Buffers& buffers, message_flags flags = 0) {
    error_code ec;
    const std::size_t bytes = receive(buffers, flags, ec);
    detail::throw_if(ec, "receive");
    return bytes;
  }
  template <class Buffers>
  std::size_t receive(const Buffers& buffers, message_flags flags, error_code& ec) {
    timed::detail::kernel_buffers_of<Buffers> vectors(buffers);
    if (!this->check_open(ec) || vectors.count() == 0) return 0;
    this->submit_started();
    return detail::receive(this->native_handle(), vectors.message(), flags, !this->non_blocking(),
                           ec);
  }

  /// As `send`, without flags.
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers) {
    return send(buffers);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, error_code& ec) {
    return send(buffers, 0, ec);
  }
  /// As `receive`, without flags.
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers) {
    return receive(buffers);
  }
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, error_code& ec) {
    return receive(buffers, 0, ec);
  }

  /// Sends some bytes: at least one, unless an error occurs.
  /// @param buffers The object is copied; the caller keeps the memory valid until the handler is
  ///     called. If it is empty, the operation completes with no error.
  /// @param flags As for send(2).
  /// @param token A completion token with the signature `void(error_code, std::size_t)`.
  template <class Buffers, net::completion_token_for<void(error_code, std::size_t)> Token =
                               net::default_completion_token_t<executor_type>>
  auto async_send(const Buffers& buffers, message_flags flags,
                  Token&& token = net::default_completion_token_t<executor_type>()) {
    return net::async_initiate<Token, void(error_code, std::size_t)>(
        transfer_initiation<false>(*this), token, buffers, flags);
  }
  /// As above, without flags.
  template <class Buffers, net::completion_token_for<void(error_code, std::size_t)> Token =
                               net::default_completion_token_t<executor_type>>
  auto async_send(const Buffers& buffers,
                  Token&& token = net::default_completion_token_t<executor_type>()) {
    return async_send(buffers, 0, std::forward<Token>(token));
  }
  /// As `async_send`, without flags.
  template <class Buffers, net::completion_token_for<void(error_code, std::size_t)> Token =
                               net::default_completion_token_t<executor_type>>
  auto async_write_some(const Buffers& buffers,
                        Token&& token = net::default_completion_token_t<executor_type>()) {
    return async_send(buffers, 0, std::forward<Token>(token));
  }

  /// Receives some bytes: at least one, unless an error occurs, or `net::error::eof`. Otherwise as
  /// `async_send`.
  template <class Buffers, net::completion_token_for<void(error_code, std::size_t)> Token =
                               net::default_completion_token_t<executor_type>>
  auto async_receive(const Buffers& buffers, message_flags flags,
                     Token&& token = net::default_completion_token_t<executor_type>()) {
    return net::async_initiate<Token, void(error_code, std::size_t)>(
        transfer_initiation<true>(*this), token, buffers, flags);
  }
  /// As above, without flags.
  template <class Buffers, net::completion_token_for<void(error_code, std::size_t)> Token =
                               net::default_completion_token_t<executor_type>>
  auto async_receive(const Buffers& buffers,
                     Token&& token = net::default_completion_token_t<executor_type>()) {
    return async_receive(buffers, 0, std::forward<Token>(token));
  }
  /// As `async_receive`, without flags.
  template <class Buffers, net::completion_token_for<void(error_code, std::size_t)> Token =
                               net::default_completion_token_t<executor_type>>
  auto async_read_some(const Buffers& buffers,
                       Token&& token = net::default_completion_token_t<executor_type>()) {
    return async_receive(buffers, 0, std::forward<Token>(token));
  }

 private:
  template <bool IsRead>
  struct transfer_initiation : base::initiation {
    using base::initiation::initiation;

    template <class Handler, class Buffers>
    TIMED_ALWAYS_INLINE void operator()(Handler&& handler, const Buffers& buffers,
                                        message_flags flags) const {
      auto& socket = static_cast<basic_stream_socket&>(this->socket());
      if (net::buffer_size(buffers) == 0) [[unlikely]] {
        return socket.complete(std::forward<Handler>(handler), error_code(), std::size_t(0));
      }
      using kind = detail::transfer_kind<IsRead, timed::detail::buffers_max<Buffers>>;
      socket.start(kind(buffers, flags), std::forward<Handler>(handler), std::size_t(0));
    }
  };
};

}  // namespace timed::uring

#endif  // TIMED_URING_BASIC_STREAM_SOCKET_H
