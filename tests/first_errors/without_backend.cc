// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/tcp_stream.h"

void keep(timed::tcp_stream&) {}
