// A flag, set by the handler that the system forgets once it has run.
#include "tools/interrupt.hpp"

#include <utility>

namespace attune::tools {
namespace {

volatile std::sig_atomic_t came = 0;

}  // namespace

Interrupt::Interrupt() {
  came = 0;
  struct sigaction action {};
  action.sa_handler = [](int number) { came = number; };
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  for (const auto& [number, before] : {std::pair(SIGINT, &before_int_), {SIGTERM, &before_term_}}) {
    sigaction(number, &action, before);
    // A script's background job ignores Ctrl-C, and goes on doing so.
    if (before->sa_handler == SIG_IGN) sigaction(number, before, nullptr);
  }
}

Interrupt::~Interrupt() {
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGTERM, &before_term_, nullptr);
}

int Interrupt::signal() noexcept { return came; }

}  // namespace attune::tools
