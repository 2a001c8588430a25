// What may befall a long run: Ctrl-C, a polite kill, a terminal or a reader that goes away.
#pragma once

#include <csignal>
#include <iterator>

namespace attune::tools {

// Catches SIGINT, SIGTERM and SIGHUP while it stands: the first asks the run to stop, a second ends
// it. One at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  static int signal() noexcept;  // that came, or 0

 private:
  static constexpr int stopping[] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction before_[std::size(stopping)] = {};
};

// From here on a pipe that nobody reads is an error of writing: there are weights to save.
void outlive_readers();

}  // namespace attune::tools
