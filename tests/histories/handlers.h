// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_HISTORIES_HANDLERS_H
#define TIMED_TESTS_HISTORIES_HANDLERS_H

#include <boost/asio/cancellation_signal.hpp>
#include <cstddef>
#include <utility>

#include "tests/histories/executors.h"

namespace timed::tests::histories {

/// A handler of an operation: reports to the player that it was called, or that it was not.
template <class Player>
class plain_handler {
 public:
  using cancellation_slot_type = net::cancellation_slot;

  plain_handler(Player& player, int id) : player_(&player), id_(id) {}
  plain_handler(plain_handler&& other) noexcept
      : player_(std::exchange(other.player_, nullptr)), id_(other.id_) {}
  ~plain_handler() {
    if (player_ != nullptr) player_->on_dropped(id_);
  }

  cancellation_slot_type get_cancellation_slot() const noexcept { return player_->slot_of(id_); }

  void operator()(error_code ec, std::size_t bytes) {
    std::exchange(player_, nullptr)->on_completion(id_, ec, bytes);
  }
  void operator()(error_code ec) { (*this)(ec, std::size_t(0)); }
  template <class Endpoint>
  void operator()(error_code ec, const Endpoint&) {
    (*this)(ec);
  }

 protected:
  Player* player_;
  int id_;
};

/// One that has an executor of its own, which is not the stream's.
template <class Player>
class handler_elsewhere : public plain_handler<Player> {
 public:
  using executor_type = marked_executor<context_executor>;
  using plain_handler<Player>::plain_handler;

  executor_type get_executor() const noexcept {
    return {this->player_->elsewhere(), this->player_->mark_of(this->id_)};
  }
};

}  // namespace timed::tests::histories

#endif  // TIMED_TESTS_HISTORIES_HANDLERS_H
