// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/loop/fork_watch.h"

#include <pthread.h>

#include <mutex>
#include <new>

namespace timed::uring::detail {
namespace {

constinit std::mutex mutex;
fork_watch* first = nullptr;  // Head of the list of all.

}  // namespace

fork_watch::fork_watch(function_type function, void* argument)
    : function_(function), argument_(argument) {
  static const int error =
      ::pthread_atfork(&fork_watch::on_prepare, &fork_watch::on_parent, &fork_watch::on_child);
  if (error != 0) throw std::bad_alloc();
  const std::lock_guard lock(mutex);
  next_ = first;
  if (first != nullptr) first->previous_ = this;
  first = this;
}

fork_watch::~fork_watch() {
  const std::lock_guard lock(mutex);
  (previous_ == nullptr ? first : previous_->next_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

void fork_watch::on_prepare() noexcept {
  mutex.lock();
}

void fork_watch::on_parent() noexcept {
  mutex.unlock();
}

void fork_watch::on_child() noexcept {
  for (const fork_watch* each = first; each != nullptr; each = each->next_) {
    each->function_(each->argument_);
  }
  mutex.unlock();
}

}  // namespace timed::uring::detail
