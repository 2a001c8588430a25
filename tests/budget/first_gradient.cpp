// From the start of a process to its first gradient: scripts/budgets.py times the whole run and
// reads the peak of resident memory that it prints. Not a test of the derivative, though a wrong
// one ends with 1.
#include <attune/attune.hpp>
#include <cstdio>
#include <fstream>
#include <string>

int main() {
  using namespace attune;
  Tensor x = tensor({1.0, 2.0, 3.0});
  x.set_requires_grad();
  const Gradients gradients = sum(x * x).backward();
  if (gradients[x][2].item<float>() != 6.0F) return 1;

  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) std::printf("resident_kb %ld\n", std::stol(line.substr(6)));
}
