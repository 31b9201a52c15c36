// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// How many bytes a stream may transfer, and when.

#ifndef TIMED_RATE_POLICY_H
#define TIMED_RATE_POLICY_H

namespace timed {

/// The rate policy of a stream that is not limited: the default, and free of cost.
class unlimited_rate_policy {};

}  // namespace timed

#endif  // TIMED_RATE_POLICY_H
