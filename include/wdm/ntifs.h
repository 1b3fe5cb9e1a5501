/* <ntifs.h>: <ntddk.h> and what file systems and their filters use. */
#ifndef WDM_EMU_NTIFS_H
#define WDM_EMU_NTIFS_H

#include "ntddk.h"
#include "nt/ae_push_lock.h"
#include "nt/cancellable_wait.h"
#include "nt/fcb_header.h"
#include "nt/fast_mutex_undocumented.h"
#include "nt/flags.h"
#include "nt/push_lock_undocumented.h"
#include "nt/resource_ifs.h"
#include "nt/spin_lock_undocumented.h"
#include "nt/system_spin_lock.h"
#include "nt/queue.h"

#endif
