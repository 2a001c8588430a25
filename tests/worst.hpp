// The worst of many distances, among which a NaN is the worst of all.
#pragma once

namespace attune::tests {

inline void worsen(double& worst, double distance) {
  if (!(distance <= worst) && worst == worst) worst = distance;
}

}  // namespace attune::tests
