// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/loop/registered_files.h"

#include <algorithm>
#include <utility>

#include "timed/uring/detail/ring/ring.h"

namespace timed::uring::detail {

void registered_files::count_and_register(ring& with, descriptor& file) noexcept {
  if (++file.ring_operations_ != operations_before_registration || file.is_closed_) return;
  const int number = with.register_file(file.number());
  if (number < 0) return;
  TIMED_URING_ASSERT(file.ring_number_ == descriptor::unregistered);
  TIMED_URING_ASSERT(files_[static_cast<std::size_t>(number)] == nullptr);
  file.ring_number_ = number;
  file.add_ref();
  files_[static_cast<std::size_t>(number)] = &file;
}

void registered_files::remove(ring& from, descriptor& file) noexcept {
  TIMED_URING_ASSERT(files_[static_cast<std::size_t>(file.ring_number_)] == &file);
  from.unregister_file(file.ring_number_);
  files_[static_cast<std::size_t>(file.ring_number_)] = nullptr;
  file.ring_number_ = descriptor::unregistered;
  file.release();
}

void registered_files::remove_all(ring& from) noexcept {
  for (descriptor* const file : files_) {
    if (file != nullptr) remove(from, *file);
  }
}

void registered_files::drop_all() noexcept {
  for (descriptor*& each : files_) {
    descriptor* const file = std::exchange(each, nullptr);
    if (file == nullptr) continue;
    file->ring_number_ = descriptor::unregistered;
    file->ring_operations_ = 0;
    file->release();
  }
}

bool registered_files::empty() const noexcept {
  return std::ranges::all_of(files_, [](const descriptor* file) { return file == nullptr; });
}

}  // namespace timed::uring::detail
