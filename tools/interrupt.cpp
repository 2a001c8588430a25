// A flag, set by handlers that the system forgets once they have run.
#include "tools/interrupt.hpp"

namespace attune::tools {
namespace {

volatile std::sig_atomic_t came = 0;

}  // namespace

Interrupt::Interrupt() {
  came = 0;
  struct sigaction action {};
  action.sa_handler = [](int number) { came = number; };
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  for (std::size_t i = 0; i < std::size(stopping); ++i) {
    sigaction(stopping[i], &action, &before_[i]);
    // A script's background job ignores Ctrl-C, one under nohup the hang-up, and goes on doing so.
    if (before_[i].sa_handler == SIG_IGN) sigaction(stopping[i], &before_[i], nullptr);
  }
}

Interrupt::~Interrupt() {
  for (std::size_t i = 0; i < std::size(stopping); ++i)
    sigaction(stopping[i], &before_[i], nullptr);
}

int Interrupt::signal() noexcept { return came; }

void outlive_readers() { std::signal(SIGPIPE, SIG_IGN); }

}  // namespace attune::tools
