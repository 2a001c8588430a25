// Marks what libattune exports; everything else is hidden.
//
// Layer: core.
#pragma once

#define ATTUNE_API __attribute__((visibility("default")))
