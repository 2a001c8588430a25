// A flag, set by the handler that the system forgets once it has run.
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
  sigaction(SIGINT, &action, &before_int_);
  sigaction(SIGTERM, &action, &before_term_);
}

Interrupt::~Interrupt() {
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGTERM, &before_term_, nullptr);
}

int Interrupt::signal() noexcept { return came; }

}  // namespace attune::tools
