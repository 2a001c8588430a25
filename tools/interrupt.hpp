// Ctrl-C and a polite kill during a long run: the first asks it to stop, a second ends it.
#pragma once

#include <csignal>

namespace attune::tools {

// Catches SIGINT and SIGTERM while it stands. One at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  static int signal() noexcept;  // that came, or 0

 private:
  struct sigaction before_int_ {
  }, before_term_{};
};

}  // namespace attune::tools
