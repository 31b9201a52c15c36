// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The part of Beast that is compiled separately.

#include <boost/beast/src.hpp>
