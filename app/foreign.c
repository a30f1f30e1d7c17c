#include "app/foreign.h"

#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"

static const struct {
    const char *word, *here;
} words[] = {
    { "aliases", "`:kinds` lists every resource with its short names" },
    { "apply", "kview does not apply files; `:edit` changes an object that is there" },
    { "can", "`:rights` says what you may do, `:rolebindings` and `:clusterrolebindings` who may do what" },
    { "config", "`?` says where the configuration lies; `:theme` and `:columns-pick` change what is seen" },
    { "cronjob-trigger", "`:trigger` on a CronJob" },
    { "dir", "kview shows no local files; `:edit` changes an object that is there" },
    { "drain", "`:cordon` the node, then `:evict` its marked Pods" },
    { "groups", "`:clusterrolebindings /group` finds them by what they are bound to" },
    { "helm", "`:secrets /owner=helm` or `:secrets -l owner=helm` shows Helm's releases" },
    { "kill", "`:delete --force` on a Pod; asks first" },
    { "pf", "`:forwards` shows them, `f` on a Pod or Service makes one" },
    { "popeye", "`C-e` in any list shows only what has something wrong" },
    { "portforward", "`:forwards` shows them, `f` on a Pod or Service makes one" },
    { "pulse", "`:workloads`, and there `C-e`: only what has something wrong" },
    { "pulses", "`:workloads`, and there `C-e`: only what has something wrong" },
    { "rollout", "`:rollback`, `:restart`, `:pause` and `:resume` on a workload" },
    { "screendump", "`C-s` saves what is shown, `:snapshot FILE.svg` the screen" },
    { "screendumps", "`C-s` saves what is shown, `:snapshot FILE.svg` the screen" },
    { "skin", "`:theme` chooses the colours" },
    { "users", "`:clusterrolebindings` and `:rolebindings` name them with what they may" },
};

bool foreign_word(const char *word, struct err *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (str_ieq(words[i].word, word)) {
            err_set(err, "there is no %s in kview", words[i].word);
            err_hint(err, "%s", words[i].here);
            return true;
        }
    return false;
}
