/* Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
   Version 1.0. */

/* Echo server on libuv: a timer of 30 s for each connection, restarted for each read and write.

   Its arguments are the descriptors of its connections, which it inherits. It prints "ready" before
   it reads from them. It ends with a message if one of them fails. */

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { limit_ms = 30000, message_bytes = 1024 };

/* What arrives, until it has been written. */
struct message {
  uv_write_t write;
  struct message* next;
  char memory[message_bytes];
};

struct connection {
  uv_tcp_t stream;
  uv_timer_t timer;
  struct message* unused;
};

static void fail(const char* what) {
  fprintf(stderr, "%s\n", what);
  exit(EXIT_FAILURE);
}

static void check(int result) {
  if (result < 0) fail(uv_strerror(result));
}

static void* allocate(size_t bytes) {
  void* memory = calloc(1, bytes);
  if (memory == NULL) fail("no memory");
  return memory;
}

static void on_timeout(uv_timer_t* timer) {
  (void)timer;
  fail("timeout");
}

static void on_written(uv_write_t* write, int result) {
  struct connection* self = write->handle->data;
  struct message* sent = write->data;
  check(result);
  check(uv_timer_again(&self->timer));
  sent->next = self->unused;
  self->unused = sent;
}

static void prepare_read(uv_handle_t* stream, size_t suggested, uv_buf_t* buffer) {
  struct connection* self = stream->data;
  (void)suggested;
  if (self->unused == NULL) self->unused = allocate(sizeof(struct message));
  *buffer = uv_buf_init(self->unused->memory, message_bytes);
}

static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  struct connection* self = stream->data;
  struct message* read = self->unused; /* the one that has the buffer */
  uv_buf_t answer;
  check((int)size);
  if (size == 0) return; /* nothing to read after all */
  check(uv_timer_again(&self->timer));
  self->unused = read->next;
  read->write.data = read;
  answer = uv_buf_init(buffer->base, (unsigned)size);
  check(uv_write(&read->write, stream, &answer, 1, on_written));
}

static struct connection* take(uv_loop_t* loop, int descriptor) {
  struct connection* self = allocate(sizeof(*self));
  check(uv_tcp_init(loop, &self->stream));
  check(uv_tcp_open(&self->stream, descriptor));
  self->stream.data = self;
  check(uv_timer_init(loop, &self->timer));
  return self;
}

int main(int argc, char** argv) {
  uv_loop_t* loop = uv_default_loop();
  struct connection** all = allocate((size_t)argc * sizeof(*all));
  for (int i = 1; i < argc; ++i) all[i] = take(loop, atoi(argv[i]));
  puts("ready");
  fflush(stdout);
  for (int i = 1; i < argc; ++i) {
    check(uv_timer_start(&all[i]->timer, on_timeout, limit_ms, limit_ms));
    check(uv_read_start((uv_stream_t*)&all[i]->stream, prepare_read, on_read));
  }
  check(uv_run(loop, UV_RUN_DEFAULT));
  fail("no connections");
}
