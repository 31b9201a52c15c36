// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_FORK_WATCH_H
#define TIMED_URING_DETAIL_LOOP_FORK_WATCH_H

namespace timed::uring::detail {

/// Has a function called in each child process that fork(2) makes, before fork(2) returns there,
/// for as long as this object lives. (Not in those of vfork(2) and posix_spawn(3), which use the
/// parent's memory.)
///
/// A fork waits for threads that construct or destroy one.
class fork_watch {
 public:
  using function_type = void (*)(void* argument) noexcept;

  /// @throws std::bad_alloc
  fork_watch(function_type function, void* argument);
  fork_watch(const fork_watch&) = delete;
  fork_watch& operator=(const fork_watch&) = delete;
  ~fork_watch();

 private:
  static void on_prepare() noexcept;
  static void on_parent() noexcept;
  static void on_child() noexcept;

  const function_type function_;
  void* const argument_;
  fork_watch* previous_ = nullptr;
  fork_watch* next_ = nullptr;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_FORK_WATCH_H
