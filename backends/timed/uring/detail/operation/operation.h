// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_OPERATION_OPERATION_H
#define TIMED_URING_DETAIL_OPERATION_OPERATION_H

#include <cstdint>
#include <utility>

#include "timed/detail/requires_cxx20.h"

namespace timed::uring::detail {

/// Something that an event loop calls, and its memory. Handlers are called once.
class operation {
 public:
  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;

  /// Frees the operation, and calls its handler.
  void complete() { function_(this, true); }

  /// Frees the operation, and destroys its handler.
  void destroy() { function_(this, false); }

 protected:
  using function_type = void (*)(operation*, bool is_called);

  /// What the loop does with it when it arrives from another thread.
  enum class arrival : std::uint8_t {
    handler,  ///< Calls it, as one of the context's handlers.
    start,    ///< Starts it: it is an `io_operation`.
    command,  ///< Calls it at once. It is no handler and no work.
  };

  explicit operation(function_type function, arrival by = arrival::handler) noexcept
      : function_(function), arrival_(by) {}
  ~operation() = default;

 private:
  friend class operation_queue;
  friend class mpsc_queue;
  friend class loop;

  operation* next_ = nullptr;
  function_type function_;
  arrival arrival_;
};

/// Operations in their order. Its destructor destroys those that are left.
class operation_queue {
 public:
  operation_queue() = default;
  operation_queue(operation_queue&& other) noexcept { append(std::move(other)); }
  operation_queue& operator=(operation_queue&&) = delete;
  ~operation_queue() { destroy_all(); }

  bool empty() const noexcept { return first_ == nullptr; }
  operation* front() const noexcept { return first_; }
  static operation* after(const operation& op) noexcept { return op.next_; }

  void push(operation& op) noexcept {
    op.next_ = nullptr;
    (first_ == nullptr ? first_ : last_->next_) = &op;
    last_ = &op;
  }

  void append(operation_queue&& others) noexcept {
    if (others.empty()) return;
    (first_ == nullptr ? first_ : last_->next_) = others.first_;
    last_ = others.last_;
    others.first_ = nullptr;
  }

  operation* pop() noexcept {
    operation* const op = first_;
    if (op == nullptr) return nullptr;
    first_ = op->next_;
    return op;
  }

  /// Takes out those for which `predicate` returns true.
  /// @return Those, in their order.
  template <class Predicate>
  operation_queue take_if(Predicate predicate) {
    operation_queue kept;
    operation_queue taken;
    while (operation* const op = pop()) (predicate(*op) ? taken : kept).push(*op);
    append(std::move(kept));
    return taken;
  }

  void destroy_all() {
    while (operation* const op = pop()) op->destroy();
  }

 private:
  operation* first_ = nullptr;
  operation* last_ = nullptr;  // Of no meaning if it is empty.
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_OPERATION_OPERATION_H
