// Faults on purpose, one per argument, built under a sanitizer only: a run that does not end with
// the sanitizer's report shows that its job in CI could not fail.
#include <attune/ops/creation.hpp>
#include <attune/tensor.hpp>
#include <attune/threads.hpp>
#include <chrono>
#include <cstdio>
#include <limits>
#include <string_view>
#include <thread>

#include "core/parallel.hpp"

namespace {

using namespace attune;

// Chunks of one loop count into the same variable.
int race() {
  threads(4);
  int count = 0;
  internal::parallel_for(16, internal::serial_work, [&](std::int64_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // so that no thread takes them all
    ++count;
  });
  return count;
}

// One element past a tensor's last.
int past_the_end() {
  const Tensor x = ones({1000}, f32);
  const float* const first = x.data<float>();
  return first[x.numel()] > 0 ? 1 : 0;
}

int overflow() {
  int largest = std::numeric_limits<int>::max();
  largest += threads() > 0 ? 1 : 0;
  return largest;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view fault = count == 2 ? arguments[1] : "";
  if (fault == "race") return std::printf("%d\n", race()) > 0 ? 0 : 1;
  if (fault == "past_the_end") return std::printf("%d\n", past_the_end()) > 0 ? 0 : 1;
  if (fault == "overflow") return std::printf("%d\n", overflow()) > 0 ? 0 : 1;
  std::fprintf(stderr, "usage: planted race|past_the_end|overflow\n");
  return 2;
}
