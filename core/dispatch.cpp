// Fills and chooses the tables of kernels.
#include <attune/error.hpp>
#include <cstdlib>
#include <xsimd/xsimd.hpp>

#include "core/kernels.hpp"
#include "kernel_units.hpp"

namespace attune::internal {
namespace {

bool runs_here(std::string_view isa) {
  const auto has = xsimd::available_architectures();
#if defined(__x86_64__)
  // xsimd asks the processor only; the builtin also asks whether the system saves the registers.
  if (isa == "sse2") return true;
  if (isa == "avx2") return has.fma3_avx2 && __builtin_cpu_supports("avx2");
  if (isa == "avx512")
    return has.avx512bw && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#elif defined(__aarch64__)
  if (isa == "neon64") return has.neon64;
#endif
  return false;
}

// One table per entry of kernel_units, in its order; isa is null where the machine lacks the set.
struct Tables {
  Kernels of[std::size(kernel_units)]{};

  Tables() {
    Kernels* table = of;
    for (const auto& entry : kernel_units) {
      if (runs_here(entry.isa)) {
        table->isa = entry.isa;
        for (auto* fill : entry) fill(*table);
      }
      ++table;
    }
  }
};

const Tables& tables() {
  static const Tables all;
  return all;
}

const Kernels& find(const std::string& isa, const char* origin) {
  std::string available;
  for (const Kernels& table : tables().of) {
    if (!table.isa) continue;
    if (isa == table.isa) return table;
    available += (available.empty() ? "" : ", ") + std::string(table.isa);
  }
  throw Error(ErrorKind::value, std::string(origin) + ": no kernels for the instruction set \"" +
                                    isa + "\": this machine and build have " + available);
}

const Kernels& choose() {
  const char* asked = std::getenv("ATTUNE_ISA");
  return asked && *asked ? find(asked, "ATTUNE_ISA") : find(available_isas().back(), "kernels");
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

const Kernels& kernels_for(const std::string& isa) { return find(isa, "kernels_for"); }

std::vector<std::string> available_isas() {
  std::vector<std::string> isas;
  for (const Kernels& table : tables().of)
    if (table.isa) isas.emplace_back(table.isa);
  return isas;
}

}  // namespace attune::internal
