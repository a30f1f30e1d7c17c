// What an action means for an object: the request, the words, kubectl's line and what takes it back; what should be
// known before; and how far a rollout is.
#include "tests/unit/unit.h"

#include <string.h>

#include "acts/act.h"
#include "acts/facts.h"
#include "acts/history.h"
#include "acts/progress.h"
#include "base/json.h"
#include "base/str.h"
#include "kinds/kind.h"

static json_t *parse(const char *text)
{
    json_error_t why;
    json_t *v = json_loads(text, 0, &why);
    if (!v)
        fail_msg("%s: %s", why.text, text);
    return v;
}

static const char deploy[] =
    "{'metadata':{'name':'web','uid':'u1','resourceVersion':'7','labels':{'old':'yes'},'annotations':{'q':'it\\'s','nl':'a\\n  dry run    fine'}},"
    "'spec':{'replicas':2,'template':{'metadata':{'labels':{'app':'web'}},'spec':{'containers':[{'name':'app',"
    "'image':'a:1'},{'name':'side','image':'s:1'}],'initContainers':[{'name':'first','image':'i:1'}]}}},"
    "'status':{'replicas':2,'readyReplicas':1}}";
static const char paused[] = "{'metadata':{'name':'web','uid':'u1','resourceVersion':'7'},'spec':{'paused':true}}";
static const char cron[] =
    "{'metadata':{'name':'tick','uid':'u2','resourceVersion':'8'},'spec':{'jobTemplate':{'metadata':{'labels':{'l':'1'},"
    "'annotations':{'a':'2'}},'spec':{'template':{'spec':{'containers':[{'name':'app','image':'a:1'}]}}}}}}";
static const char bare[] = "{'metadata':{'name':'p','uid':'u3','resourceVersion':'9','finalizers':['x/y']},'spec':{}}";
static const char node[] = "{'metadata':{'name':'n1','uid':'u4','resourceVersion':'1'},'spec':{'unschedulable':true}}";

// What is read beside an object of that name, as "uid u5" and "u6" own it; another's is not counted.
#define OWNED(uid) "'ownerReferences':[{'controller':true,'uid':'" uid "'}]"
#define TEMPLATE(image) "'template':{'metadata':{'labels':{'app':'web'}},'spec':{'containers':[{'name':'app','image':'" image "'}]}}"
#define SET(name, number, image, more)                                                                                  \
    "{'metadata':{'name':'" name "'," OWNED("u5") ",'annotations':{'deployment.kubernetes.io/revision':'" number            \
    "'" more "}},'spec':{'template':{'metadata':{'labels':{'app':'web','pod-template-hash':'h'}},'spec':{'containers':[{"     \
    "'name':'app','image':'" image "'}]}}}}"
static const char rolled[] =
    "{'metadata':{'name':'web','uid':'u5','resourceVersion':'7','annotations':{'deployment.kubernetes.io/revision':'5','x':'now',"
    "'kubectl.kubernetes.io/last-applied-configuration':'l'}},'spec':{" TEMPLATE("a:5") "}}";
static const char sets[] =
    "{'items':[" SET("web-2", "2", "a:2", "") "," SET("web-10", "10", "a:10", ",'x':'then','deployment.kubernetes.io/desired-replicas':"
    "'9','kubernetes.io/change-cause':'bad \\u001b[2J'") "," SET("web-5", "11", "a:5", "") ",{'metadata':{'name':'other'," OWNED("u9")
    ",'annotations':{'deployment.kubernetes.io/revision':'12'}},'spec':{" TEMPLATE("z") "}}]}";
static const char set[] =
    "{'metadata':{'name':'db','uid':'u6','resourceVersion':'3'},'spec':{'serviceName':'','updateStrategy':{'rollingUpdate':{"
    "'partition':1}}," TEMPLATE("a:2") "},'status':{'replicas':3,'readyReplicas':2}}";
#define CONTROLLER_REVISION(name, number, image)                                                                     \
    "{'metadata':{'name':'" name "'," OWNED("u6") "},'revision':" number ",'data':{'spec':{'template':{'$patch':'replace',"      \
    "'metadata':{'creationTimestamp':null,'labels':{'app':'web'}},'spec':{'containers':[{'name':'app','image':'" image "'}]}}}}}"
static const char revisions[] = "{'items':[" CONTROLLER_REVISION("db-1", "1", "a:1") "," CONTROLLER_REVISION("db-2", "2", "a:2") "]}";
static const char none[] = "{'items':[]}";
static const char rich[] =
    "{'metadata':{'name':'api','uid':'u5','resourceVersion':'3'},'spec':{'template':{'spec':{'containers':[{'name':'app',"
    "'resources':{'requests':{'cpu':'100m'},'limits':{'cpu':'500m','memory':'1Gi'}},'env':[{'name':'A','value':'1'},"
    "{'name':'E'},{'name':'S','valueFrom':{'secretKeyRef':{'name':'keys','key':'token'}}},"
    "{'name':'Q','value':'it\\'s'}]}],'initContainers':[{'name':'first'}]}}}}";

static const char sized[] =
    "{'metadata':{'name':'p','uid':'u3','resourceVersion':'9','ownerReferences':[{'kind':'ReplicaSet','name':'web-1','controller':true"
    "}]},'spec':{'containers':[{'name':'app','resizePolicy':[{'resourceName':'memory','restartPolicy':'RestartContainer'}],"
    "'resources':{'requests':{'cpu':'100m','memory':'64Mi'},'limits':{'memory':'128Mi'}}}]}}";

static const char tainted[] =
    "{'metadata':{'name':'n1','uid':'u4','resourceVersion':'1'},'spec':{'taints':[{'key':'a','value':'1','effect':"
    "'NoSchedule','timeAdded':'T'},{'key':'a','value':'1','effect':'NoExecute'},{'key':'b','effect':'NoSchedule'}]}}";

static const char job[] =
    "{'metadata':{'name':'tick-293-rerun-zzzzz','uid':'u6','resourceVersion':'2','labels':{'l':'1','job-name':'x','controller-uid':'y'},"
    "'annotations':{'a':'1','batch.kubernetes.io/job-tracking':''},'ownerReferences':[{'kind':'CronJob','name':'tick'}]},"
    "'spec':{'suspend':true,'ttlSecondsAfterFinished':60,'selector':{'matchLabels':{'batch.kubernetes.io/controller-uid':'y'}},"
    "'template':{'metadata':{'labels':{'app':'t','batch.kubernetes.io/controller-uid':'y','batch.kubernetes.io/job-name':'x'}},"
    "'spec':{'containers':[{'name':'c'}]}}},'status':{'active':1}}";
#define REQUEST "'spec':{'username':'bob','groups':['dev','x\\ny'],'signerName':'kubernetes.io/kube-apiserver-client','usages':[" \
                "'client auth'],'expirationSeconds':3600,'request':'" \
                "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIa01JR1hBZ0VBTURjeEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekVlTUJ3R0ExVUVBd3dWYzNsegpkR1Z0T201dlpHVTZjM0J2ZEMweGFHZGtNQ293QlFZREsyVndBeUVBeEtzV21PYjR6aENKc1dBdFhpRnNiRzlhCmRIZ0VKRkFYeGZkZjF1U3pRQWFnTFRBckJna3Foa2lHOXcwQkNRNHhIakFjTUJvR0ExVWRFUVFUTUJHQ0NYTncKYjNRdE1XaG5aSWNFQ29BQUNEQUZCZ01yWlhBRFFRRE5BQXFJUHdUc1FEUlY5Y2dxZEZNT2NNTGdONkI4cVB3KwpqaGR3UElNNS9UY1NMS3dpM0F6bEo2VEJPVGtDQ2p5dlJMaG9OT09qL2t1ZmVTVlU2K0lFCi0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo='}"
static const char request[] = "{'metadata':{'name':'r','uid':'u7','resourceVersion':'5','managedFields':[]}," REQUEST "}";
static const char denied[] = "{'metadata':{'name':'r','uid':'u7','resourceVersion':'5'},'spec':{},'status':{'conditions':[{"
                             "'type':'Denied','status':'True'}]}}";

static const char hpa[] = "{'metadata':{'name':'h','uid':'u8','resourceVersion':'1'},'spec':{'maxReplicas':5,'scaleTargetRef':{"
                          "'kind':'Deployment','name':'web'}},'status':{'currentReplicas':4}}";
static const char claim[] = "{'metadata':{'name':'d','uid':'u9','resourceVersion':'1'},'spec':{'storageClassName':'fast','resources':{"
                            "'requests':{'storage':'10Gi'}}},'status':{'phase':'Bound'}}";
static const char unbound[] = "{'metadata':{'name':'d'},'spec':{'storageClassName':'fast'},'status':{'phase':'Pending'}}";
static const char going[] = "{'metadata':{'name':'g','uid':'ua','resourceVersion':'1','deletionTimestamp':'2026-01-01T00:00:00Z',"
                            "'finalizers':['x.io/y','foregroundDeletion']}}";
static const char ns_going[] =
    "{'kind':'Namespace','metadata':{'name':'g','uid':'ub','resourceVersion':'1','deletionTimestamp':'2026-01-01T00:00:00Z'},"
    "'spec':{'finalizers':['kubernetes']},'status':{'conditions':[{'type':'NamespaceContentRemaining','status':'True','message':"
    "'Some resources are\\nremaining'},{'type':'X','status':'False','message':'no'}]}}";

#define GUARD(uid, rv) "'metadata':{'resourceVersion':'" rv "','uid':'" uid "'}"

static const struct {
    const char *kind, *object, *action, *args;
    const char *body; // NULL: refused, and `does` is what err says
    const char *does, *kubectl, *undo;
    bool nothing;
    const char *history;
} cases[] = {
    { "deployments", deploy, "scale", "5", "{" GUARD("u1", "7") ",'spec':{'replicas':5}}", "replicas 2 → 5",
        "scale deployment/web --replicas=5", "scale 2" },
    { "deployments", deploy, "scale", "+3", "{" GUARD("u1", "7") ",'spec':{'replicas':5}}", "replicas 2 → 5",
        "scale deployment/web --replicas=5", "scale 2" },
    { "deployments", deploy, "scale", "-2", "{" GUARD("u1", "7") ",'spec':{'replicas':0}}", "replicas 2 → 0",
        "scale deployment/web --replicas=0", "scale 2" },
    { "deployments", deploy, "scale", "2", "{" GUARD("u1", "7") ",'spec':{'replicas':2}}", "replicas is 2 already",
        "scale deployment/web --replicas=2", "scale 2", true },
    { "deployments", deploy, "scale", "-3", NULL, "-3 is no number of replicas: scale 3, scale +1, scale -1" },
    { "deployments", deploy, "scale", "1000000", NULL, "1000000 is no number of replicas: scale 3, scale +1, scale -1" },
    { "deployments", deploy, "scale", "three", NULL, "three is no number of replicas: scale 3, scale +1, scale -1" },
    { "deployments", deploy, "scale", "1 2", NULL, "scale N|+N|-N" },
    { "deployments", deploy, "restart", "", "{" GUARD("u1", "7") ",'spec':{'template':{'metadata':{'annotations':{"
      "'kubectl.kubernetes.io/restartedAt':'2026-01-02T03:04:05Z'}}}}}",
        "all its Pods are replaced, as its update strategy says", "rollout restart deployment/web", "" },
    { "deployments", paused, "restart", "", NULL, "web is paused: resume it first" },
    { "deployments", deploy, "pause", "", "{" GUARD("u1", "7") ",'spec':{'paused':true}}", "paused false → true",
        "rollout pause deployment/web", "resume" },
    { "deployments", paused, "resume", "", "{" GUARD("u1", "7") ",'spec':{'paused':null}}", "paused true → false",
        "rollout resume deployment/web", "pause" },
    { "cronjobs", cron, "pause", "", "{" GUARD("u2", "8") ",'spec':{'suspend':true}}", "suspend false → true",
        "patch cronjob/tick -p '{\"spec\":{\"suspend\":true}}'", "resume" },
    { "cronjobs", cron, "resume", "", "{" GUARD("u2", "8") ",'spec':{'suspend':false}}", "suspend is false already",
        "patch cronjob/tick -p '{\"spec\":{\"suspend\":false}}'", "pause", true },
    { "pods", bare, "delete", "", "{'kind':'DeleteOptions','apiVersion':'v1','preconditions':{'uid':'u3'},"
      "'propagationPolicy':'Background'}", "it is deleted; what it owns is deleted after it", "delete pod/p", "" },
    { "pods", bare, "delete", "--force --cascade=orphan",
        "{'kind':'DeleteOptions','apiVersion':'v1','preconditions':{'uid':'u3'},'propagationPolicy':'Orphan',"
        "'gracePeriodSeconds':0}",
        "it is deleted; what it owns stays, without an owner",
        "delete pod/p --cascade=orphan --force --grace-period=0", "" },
    { "pods", bare, "delete", "--grace 5 --cascade foreground",
        "{'kind':'DeleteOptions','apiVersion':'v1','preconditions':{'uid':'u3'},'propagationPolicy':'Foreground',"
        "'gracePeriodSeconds':5}",
        "it is deleted; it goes when all that it owns is gone", "delete pod/p --cascade=foreground --grace-period=5", "" },
    { "pods", bare, "delete", "--grace soon", NULL, "--grace takes seconds, not soon" },
    { "pods", bare, "delete", "--cascade all", NULL, "delete [--force] [--grace S] [--cascade HOW]" },
    { "pods", bare, "delete", "web", NULL, "delete [--force] [--grace S] [--cascade HOW]" },
    { "pods", bare, "evict", "", "{'apiVersion':'policy/v1','kind':'Eviction','metadata':{'name':'p','namespace':'shop'},"
      "'deleteOptions':{'preconditions':{'uid':'u3'}}}",
        "it is deleted if no disruption budget forbids it", NULL, "" },
    { "nodes", node, "uncordon", "", "{" GUARD("u4", "1") ",'spec':{'unschedulable':null}}", "unschedulable true → false",
        "uncordon n1", "cordon" },
    { "nodes", node, "cordon", "", "{" GUARD("u4", "1") ",'spec':{'unschedulable':true}}", "unschedulable is true already",
        "cordon n1", "uncordon", true },
    { "deployments", deploy, "label", "a=b old- gone-", "{'metadata':{'labels':{'a':'b','old':null},"
      "'resourceVersion':'7','uid':'u1'}}", "a: unset → b\nold: yes → unset", "label --overwrite deployment/web a=b old- gone-",
        "label a- old=yes" },
    { "deployments", deploy, "label", "old=yes", "{'metadata':{'labels':{},'resourceVersion':'7','uid':'u1'}}",
        "they are so already", "label --overwrite deployment/web old=yes", "label", true },
    { "deployments", deploy, "annotate", "'q=two words'", "{'metadata':{'annotations':{'q':'two words'},"
      "'resourceVersion':'7','uid':'u1'}}", "q: it's → two words", "annotate --overwrite deployment/web 'q=two words'",
        "annotate \"q=it's\"" },
    { "deployments", deploy, "annotate", "nl-", "{'metadata':{'annotations':{'nl':null},'resourceVersion':'7','uid':'u1'}}",
        "nl: a   dry run    fine → unset", "annotate --overwrite deployment/web nl-", "annotate 'nl=a\n  dry run    fine'" },
    { "deployments", deploy, "label", "plain", NULL, "plain: KEY=VALUE sets it, KEY- takes it away" },
    { "deployments", deploy, "label", "=x", NULL, "=x: KEY=VALUE sets it, KEY- takes it away" },
    { "deployments", deploy, "set-image", "side=s:1 first=i:2 app=a:2",
        "{" GUARD("u1", "7") ",'spec':{'template':{'spec':{'containers':[{'name':'app','image':'a:2'}],"
        "'initContainers':[{'name':'first','image':'i:2'}]}}}}",
        "first: i:1 → i:2\napp: a:1 → a:2", "set image deployment/web first=i:2 app=a:2",
        "set-image first=i:1 app=a:1" },
    { "cronjobs", cron, "set-image", "app=a:2", "{" GUARD("u2", "8") ",'spec':{'jobTemplate':{'spec':{'template':{'spec':{"
      "'containers':[{'name':'app','image':'a:2'}]}}}}}}", "app: a:1 → a:2", "set image cronjob/tick app=a:2",
        "set-image app=a:1" },
    { "deployments", deploy, "set-image", "nobody=a:2", NULL, "there is no container nobody" },
    { "deployments", deploy, "set-image", "app", NULL, "app: CONTAINER=IMAGE is what set-image takes" },
    { "deployments", rich, "set-env", "app A=2 B=x E- A2-", "{" GUARD("u5", "3") ",'spec':{'template':{'spec':{'containers':["
      "{'name':'app','env':[{'name':'A','value':'2'},{'name':'E','$patch':'delete'},{'name':'B','value':'x'}],"
      "'$setElementOrder/env':[{'name':'A'},{'name':'S'},{'name':'Q'},{'name':'B'}]}]}}}}",
        "app A: 1 → 2\napp B: unset → x\napp E:  → unset", "set env deployment/api -c app A=2 B=x E-", "set-env app A=1 B- E=" },
    { "deployments", rich, "set-env", "first 'V=two words' app \"Q=it's\" A=1", "{" GUARD("u5", "3") ",'spec':{'template':{'spec':{"
      "'initContainers':[{'name':'first','env':[{'name':'V','value':'two words'}],'$setElementOrder/env':[{'name':'V'}]}]}}}}",
        "first V: unset → two words", "set env deployment/api -c first 'V=two words'", "set-env first V-" },
    { "deployments", rich, "set-env", "first V=1 app A-", "{" GUARD("u5", "3") ",'spec':{'template':{'spec':{'containers':[{"
      "'name':'app','env':[{'name':'A','$patch':'delete'}],'$setElementOrder/env':[{'name':'E'},{'name':'S'},{'name':'Q'}]}],"
      "'initContainers':[{'name':'first','env':[{'name':'V','value':'1'}],'$setElementOrder/env':[{'name':'V'}]}]}}}}",
        "first V: unset → 1\napp A: 1 → unset",
        "set env deployment/api -c first V=1\nkubectl --context dev -n shop set env deployment/api -c app A-",
        "set-env first V- app A=1" },
    { "deployments", rich, "set-env", "app A=1", "{" GUARD("u5", "3") ",'spec':{'template':{'spec':{}}}}",
        "its environment is so already", "", "set-env", true },
    { "deployments", rich, "set-env", "app S=1", NULL, "S is left alone: it comes from Secret keys, key token" },
    { "deployments", rich, "set-env", "app A=2 A-", NULL, "A is there twice" },
    { "deployments", rich, "set-env", "A=1", NULL, "of which container? set-env CONTAINER KEY=VALUE KEY-" },
    { "deployments", rich, "set-env", "app =1", NULL, "=1: KEY=VALUE sets it, KEY- takes it away" },
    { "deployments", rich, "set-env", "nobody A=1", NULL, "there is no container nobody" },
    { "deployments", rich, "set-resources", "app cpu=200m/0.5 memory=64Mi/128Mi", "{" GUARD("u5", "3") ",'spec':{'template':{"
      "'spec':{'containers':[{'name':'app','resources':{'requests':{'cpu':'200m','memory':'64Mi'},'limits':{'memory':'128Mi'}}}]}}}}",
        "app cpu request: 100m → 200m\napp memory request: unset → 64Mi\napp memory limit: 1Gi → 128Mi",
        "set resources deployment/api -c app --requests=cpu=200m,memory=64Mi --limits=memory=128Mi",
        "set-resources app cpu=100m/ memory=-/1Gi" },
    { "deployments", rich, "set-resources", "app cpu=/- first cpu=1", "{" GUARD("u5", "3") ",'spec':{'template':{'spec':{"
      "'containers':[{'name':'app','resources':{'limits':{'cpu':null}}}],'initContainers':[{'name':'first','resources':{"
      "'requests':{'cpu':'1'}}}]}}}}", "app cpu limit: 500m → unset\nfirst cpu request: unset → 1",
        "patch deployment/api -p '{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"app\",\"resources\":{\"limits\":{"
        "\"cpu\":null}}}],\"initContainers\":[{\"name\":\"first\",\"resources\":{\"requests\":{\"cpu\":\"1\"}}}]}}}}'",
        "set-resources app cpu=/500m first cpu=-/" },
    { "deployments", rich, "set-resources", "app cpu=0.1/500m memory=-/1024Mi", "{" GUARD("u5", "3") ",'spec':{'template':{'spec':{}}}}",
        "these are its requests and limits already", "", "set-resources", true },
    { "deployments", rich, "set-resources", "app cpu=fast", NULL, "cpu: fast is no amount" },
    { "deployments", rich, "set-resources", "app memory=-5Mi", NULL, "memory: -5Mi is no amount" },
    { "deployments", rich, "set-resources", "app cpu=600m", NULL, "cpu: the request 600m is more than the limit 500m" },
    { "deployments", rich, "set-resources", "app cpu", NULL, "there is no container cpu" },
    { "deployments", rich, "set-resources", "app cpu=", NULL, "cpu=: cpu=REQUEST/LIMIT is what set-resources takes" },
    { "deployments", rich, "set-resources", "cpu=1", NULL, "of which container? set-resources CONTAINER cpu=REQUEST/LIMIT" },
    { "pods", sized, "set-resources", "app cpu=200m memory=32Mi/", "{" GUARD("u3", "9") ",'spec':{'containers':[{'name':'app',"
      "'resources':{'requests':{'cpu':'200m','memory':'32Mi'}}}]}}",
        "app cpu request: 100m → 200m\napp memory request: 64Mi → 32Mi",
        "patch pod/p --subresource=resize -p '{\"spec\":{\"containers\":[{\"name\":\"app\",\"resources\":{\"requests\":{"
        "\"cpu\":\"200m\",\"memory\":\"32Mi\"}}}]}}'", "set-resources app cpu=100m/ memory=64Mi/" },
    { "pods", sized, "set-resources", "app cpu=/1", "{" GUARD("u3", "9") ",'spec':{'containers':[{'name':'app','resources':{"
      "'limits':{'cpu':'1'}}}]}}", "app cpu limit: unset → 1",
        "patch pod/p --subresource=resize -p '{\"spec\":{\"containers\":[{\"name\":\"app\",\"resources\":{\"limits\":{"
        "\"cpu\":\"1\"}}}]}}'", "" },
    { "pods", sized, "set-resources", "app cpu=0.1", "{" GUARD("u3", "9") ",'spec':{}}",
        "these are its requests and limits already", "", "set-resources", true },
    { "nodes", tainted, "taint", "c=x:NoSchedule a=2:NoSchedule b:NoSchedule-",
        "{" GUARD("u4", "1") ",'spec':{'taints':[{'key':'c','value':'x','effect':'NoSchedule'},{'key':'a','value':'2','effect':"
        "'NoSchedule'},{'key':'a','value':'1','effect':'NoExecute'}]}}",
        "c=x:NoSchedule is new\na=2:NoSchedule instead of a=1:NoSchedule\nb:NoSchedule goes",
        "taint --overwrite nodes n1 c=x:NoSchedule a=2:NoSchedule b:NoSchedule-", "taint c:NoSchedule- a=1:NoSchedule b:NoSchedule" },
    { "nodes", tainted, "taint", "a-", "{" GUARD("u4", "1") ",'spec':{'taints':[{'key':'b','effect':'NoSchedule'}]}}",
        "a=1:NoSchedule goes\na=1:NoExecute goes", "taint --overwrite nodes n1 a-", "taint a=1:NoSchedule a=1:NoExecute" },
    { "nodes", tainted, "taint", "a- b-", "{" GUARD("u4", "1") ",'spec':{'taints':null}}",
        "a=1:NoSchedule goes\na=1:NoExecute goes\nb:NoSchedule goes", "taint --overwrite nodes n1 a- b-",
        "taint a=1:NoSchedule a=1:NoExecute b:NoSchedule" },
    { "nodes", tainted, "taint", "z- a=1:NoSchedule",
        "{" GUARD("u4", "1") ",'spec':{'taints':[{'key':'a','value':'1','effect':'NoSchedule','timeAdded':'T'},{'key':'a','value':'1',"
        "'effect':'NoExecute'},{'key':'b','effect':'NoSchedule'}]}}", "its taints are so already",
        "taint --overwrite nodes n1 z- a=1:NoSchedule", "taint", true },
    { "nodes", tainted, "taint", "a=1:Never", NULL, "Never is no effect: NoSchedule, PreferNoSchedule or NoExecute" },
    { "nodes", tainted, "taint", "a=1", NULL, "a=1: KEY=VALUE:EFFECT sets one, KEY:EFFECT- takes it away" },
    { "nodes", tainted, "taint", ":NoSchedule", NULL, ":NoSchedule: KEY=VALUE:EFFECT sets one, KEY:EFFECT- takes it away" },
    { "nodes", tainted, "taint", "a=1:NoSchedule a=2:NoSchedule", NULL, "a is there twice" },
    { "nodes", tainted, "taint", "a- a=2:NoSchedule", NULL, "a is there twice" },
    { "nodes", tainted, "taint", "a=2:NoSchedule a-", NULL, "a is there twice" },
    { "horizontalpodautoscalers", hpa, "autoscale", "2 10", "{" GUARD("u8", "1") ",'spec':{'minReplicas':2,'maxReplicas':10}}",
        "replicas 1 to 5 → 2 to 10", "patch horizontalpodautoscaler/h -p '{\"spec\":{\"minReplicas\":2,\"maxReplicas\":10}}'",
        "autoscale 1 5" },
    { "horizontalpodautoscalers", hpa, "autoscale", "1 5", "{" GUARD("u8", "1") ",'spec':{'minReplicas':1,'maxReplicas':5}}",
        "replicas is 1 to 5 already", "", "autoscale 1 5", true },
    { "horizontalpodautoscalers", hpa, "autoscale", "5", NULL, "autoscale MIN MAX: two numbers, as in autoscale 2 10" },
    { "horizontalpodautoscalers", hpa, "autoscale", "5 2", NULL, "MIN 5 is more than MAX 2" },
    { "horizontalpodautoscalers", hpa, "autoscale", "-1 2", NULL, "MIN is at least 0, MAX is 1 to 100000" },
    { "persistentvolumeclaims", claim, "resize", "20Gi", "{" GUARD("u9", "1") ",'spec':{'resources':{'requests':{'storage':'20Gi'}}}}",
        "storage 10Gi → 20Gi",
        "patch persistentvolumeclaim/d -p '{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"20Gi\"}}}}'", "" },
    { "persistentvolumeclaims", claim, "resize", "10240Mi",
        "{" GUARD("u9", "1") ",'spec':{'resources':{'requests':{'storage':'10240Mi'}}}}", "storage is 10Gi already", "", "", true },
    { "persistentvolumeclaims", claim, "resize", "9Gi", NULL, "9Gi is less than the 10Gi it has: a volume only grows" },
    { "persistentvolumeclaims", claim, "resize", "big", NULL, "big is no size" },
    { "persistentvolumeclaims", unbound, "resize", "9Gi", NULL, "d is Pending: only a bound claim can grow" },
    { "configmaps", going, "finalize", "x.io/y",
        "{'metadata':{'uid':'ua','resourceVersion':'1','finalizers':['foregroundDeletion']}}",
        "the finalizer x.io/y is taken away, its work undone",
        "patch configmap/g --type=merge -p '{\"metadata\":{\"finalizers\":[\"foregroundDeletion\"]}}'", "" },
    { "namespaces", ns_going, "finalize", "kubernetes",
        "{'kind':'Namespace','metadata':{'name':'g','uid':'ub','resourceVersion':'1','deletionTimestamp':'2026-01-01T00:00:00Z'},"
        "'spec':{'finalizers':[]},'status':{'conditions':[{'type':'NamespaceContentRemaining','status':'True','message':"
        "'Some resources are\\nremaining'},{'type':'X','status':'False','message':'no'}]}}",
        "the finalizer kubernetes is taken away, its work undone",
        "replace --raw /api/v1/namespaces/g/finalize -f FILE, the namespace as JSON without it", "" },
    { "configmaps", going, "finalize", "z", NULL, "it has no finalizer z, but x.io/y, foregroundDeletion" },
    { "configmaps", deploy, "finalize", "z", NULL, "web is not being deleted: its finalizers wait for nothing" },
    { "jobs", job, "rerun", "",
        "{'apiVersion':'batch/v1','kind':'Job','metadata':{'name':'tick-293-rerun-abcde','namespace':'shop','labels':{'l':'1'},"
        "'annotations':{'a':'1'}},'spec':{'ttlSecondsAfterFinished':60,'template':{'metadata':{'labels':{'app':'t'}},'spec':{"
        "'containers':[{'name':'c'}]}}}}", "the Job tick-293-rerun-abcde is started now, from the same spec", "", "" },
    { "jobs", job, "rerun", "x", NULL, "rerun takes nothing more" },
    { "certificatesigningrequests", request, "approve", "",
        "{'metadata':{'name':'r','uid':'u7','resourceVersion':'5'}," REQUEST ",'status':{'conditions':[{'type':'Approved','status':"
        "'True','reason':'KviewApprove','message':'This CSR was approved by kview.','lastUpdateTime':'2026-01-02T03:04:05Z'}]}}",
        "it is approved: its signer issues the certificate", "certificate approve r", "" },
    { "certificatesigningrequests", request, "deny", "",
        "{'metadata':{'name':'r','uid':'u7','resourceVersion':'5'}," REQUEST ",'status':{'conditions':[{'type':'Denied','status':"
        "'True','reason':'KviewDeny','message':'This CSR was denied by kview.','lastUpdateTime':'2026-01-02T03:04:05Z'}]}}",
        "it is denied: no certificate is issued", "certificate deny r", "" },
    { "certificatesigningrequests", denied, "approve", "", NULL, "r is denied already: that cannot be changed" },
    { "cronjobs", cron, "trigger", "",
        "{'apiVersion':'batch/v1','kind':'Job','metadata':{'name':'tick-manual-abcde','namespace':'shop',"
        "'annotations':{'cronjob.kubernetes.io/instantiate':'manual','a':'2'},'labels':{'l':'1'},'ownerReferences':["
        "{'apiVersion':'batch/v1','kind':'CronJob','name':'tick','uid':'u2','controller':true}]},"
        "'spec':{'template':{'spec':{'containers':[{'name':'app','image':'a:1'}]}}}}",
        "the Job tick-manual-abcde is started now", "create job tick-manual-abcde --from=cronjob/tick", "" },
    { "cronjobs", cron, "trigger", "now", NULL, "trigger takes nothing more" },
    { "deployments", rolled, "rollback-to", "", // the one before the newest, by number and not by letter
        "[{'op':'test','path':'/metadata/uid','value':'u5'},{'op':'replace','path':'/metadata/resourceVersion','value':'7'},"
        "{'op':'replace','path':'/spec/template','value':{'metadata':{'labels':{'app':'web'}},'spec':{'containers':[{'name':'app',"
        "'image':'a:10'}]}}},{'op':'add','path':'/metadata/annotations','value':{'x':'then','kubernetes.io/change-cause':"
        "'bad \\u001b[2J','deployment.kubernetes.io/revision':'5','kubectl.kubernetes.io/last-applied-configuration':'l'}}]",
        "revision 11 → 10\napp: a:5 → a:10", "rollout undo deployment/web --to-revision=10", "rollback-to web-5", false, sets },
    { "deployments", rolled, "rollback-to", "web-2",
        "[{'op':'test','path':'/metadata/uid','value':'u5'},{'op':'replace','path':'/metadata/resourceVersion','value':'7'},"
        "{'op':'replace','path':'/spec/template','value':{'metadata':{'labels':{'app':'web'}},'spec':{'containers':[{'name':'app',"
        "'image':'a:2'}]}}},{'op':'add','path':'/metadata/annotations','value':{"
        "'deployment.kubernetes.io/revision':'5','kubectl.kubernetes.io/last-applied-configuration':'l'}}]",
        "revision 11 → 2\napp: a:5 → a:2", "rollout undo deployment/web --to-revision=2", "rollback-to web-5", false, sets },
    { "deployments", rolled, "rollback-to", "11",
        "[{'op':'test','path':'/metadata/uid','value':'u5'},{'op':'replace','path':'/metadata/resourceVersion','value':'7'},"
        "{'op':'replace','path':'/spec/template','value':{'metadata':{'labels':{'app':'web'}},'spec':{'containers':[{'name':'app',"
        "'image':'a:5'}]}}},{'op':'add','path':'/metadata/annotations','value':{"
        "'deployment.kubernetes.io/revision':'5','kubectl.kubernetes.io/last-applied-configuration':'l'}}]",
        "nothing to do: its template is that of revision 11 already", "rollout undo deployment/web --to-revision=11", "", true, sets },
    { "deployments", rolled, "rollback-to", "12", NULL, "there is no revision 12: there are 2, 10, 11", .history = sets },
    { "deployments", rolled, "rollback-to", "1 2", NULL, "rollback-to [REVISION]", .history = sets },
    { "deployments", rolled, "rollback-to", "", NULL, "it has no revisions", .history = none },
    { "deployments", paused, "rollback-to", "", NULL, "web is paused: resume it first", .history = sets },
    { "statefulsets", set, "rollback-to", "",
        "{" GUARD("u6", "3") ",'spec':{'template':{'$patch':'replace','metadata':{'creationTimestamp':null,'labels':{'app':'web'}},"
        "'spec':{'containers':[{'name':'app','image':'a:1'}]}}}}",
        "revision 2 → 1\napp: a:2 → a:1", "rollout undo statefulset/db --to-revision=1", "rollback-to db-2", false, revisions },
};

// Single quotes stand for double ones, \' for a single one.
static json_t *parse_quoted(const char *text)
{
    char *copy = xstrdup(text), *to = copy;
    for (const char *p = copy; *p; p++) {
        if (p[0] == '\\' && p[1] == '\'') {
            *to++ = '\'';
            p++;
        } else {
            *to++ = *p == '\'' ? '"' : *p;
        }
    }
    *to = '\0';
    json_t *v = parse(copy);
    free(copy);
    return v;
}

static struct act_target target_of(const char *kind, const json_t *object)
{
    const struct kind *k = kind_find(kind);
    assert_non_null(k);
    return (struct act_target) { k, k->gvr, (char *)k->api_kind, (char *)(k->gvr.namespaced ? "shop" : ""),
        (char *)json_str(object, "metadata", "name", NULL), (char *)json_str(object, "metadata", "uid", NULL) };
}

static void one_case(size_t i)
{
    json_t *object = parse_quoted(cases[i].object);
    struct act_target t = target_of(cases[i].kind, object);
    json_t *history = cases[i].history ? parse_quoted(cases[i].history) : NULL;
    struct act_in in = { .act = act_find(cases[i].action), .t = &t, .context = "dev", .object = object, .scale = object,
        .history = history, .args = cases[i].args, .now = 1767323045, .salt = "abcde" };
    struct act_plan p;
    struct err err = { 0 };
    assert_true(act_applies(in.act, t.kind, &t.gvr));
    if (!cases[i].body) {
        assert_false(act_plan(&in, &p, &err));
        assert_string_equal(err.msg, cases[i].does);
        json_decref(object);
        json_decref(history);
        return;
    }
    if (!act_plan(&in, &p, &err))
        fail_msg("%s %s: %s", cases[i].action, cases[i].args, err.msg);
    json_t *want = parse_quoted(cases[i].body);
    if (!json_equal(want, p.body)) {
        char *text = json_dumps(p.body, JSON_SORT_KEYS);
        fail_msg("%s %s: %s", cases[i].action, cases[i].args, text);
    }
    assert_string_equal(p.does.s, cases[i].does);
    if (cases[i].kubectl && *cases[i].kubectl) {
        char *line = xasprintf("kubectl --context dev%s %s", *t.ns ? " -n shop" : "", cases[i].kubectl);
        assert_string_equal(p.kubectl.s, line);
        free(line);
    }
    assert_string_equal(p.undo.s, cases[i].undo);
    assert_int_equal(p.nothing, cases[i].nothing);
    json_decref(want);
    json_decref(object);
    json_decref(history);
    act_plan_release(&p);
}

static void plans(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        one_case(i);
}

static void forms(void **state)
{
    static const struct {
        const char *action, *object, *want;
    } f[] = {
        { "set-env", rich, "app A=1 E= \"Q=it's\" first" },
        { "set-resources", rich, "app cpu=100m/500m memory=-/1Gi first cpu=-/- memory=-/-" },
        { "set-image", deploy, "app=a:1 side=s:1 first=i:1" },
        { "scale", deploy, "2" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(f); i++) {
        json_t *object = parse_quoted(f[i].object);
        struct buf out = BUF_INIT;
        act_find(f[i].action)->initial(object, &out);
        assert_string_equal(out.s, f[i].want);
        buf_release(&out);
        json_decref(object);
    }
}

// What the plan says of one more document.
static void notes(void **state)
{
    static const struct {
        const char *kind, *object, *action, *args, *more, *note;
    } n[] = {
        { "nodes", tainted, "taint", "x=1:NoExecute", NULL,
            "NoExecute: its Pods that do not tolerate it are deleted; you may not list them here\n" },
        { "nodes", tainted, "taint", "a=1:NoExecute", NULL, "" },
        { "nodes", tainted, "taint", "x=1:NoExecute",
            "{'items':[{},{'spec':{'tolerations':[{'operator':'Exists'}]}},{'status':{'phase':'Succeeded'}},"
            "{'spec':{'tolerations':[{'key':'x','value':'2'}]}},{'spec':{'tolerations':[{'key':'x','value':'1','effect':'NoSchedule'}]}},"
            "{'spec':{'tolerations':[{'key':'x','operator':'Equal','value':'1','tolerationSeconds':5}]}}]}",
            "NoExecute: 3 of the 5 Pods on it do not tolerate it: they are deleted, no budget is asked\n"
            "NoExecute: 1 of the 5 Pods on it tolerate it for a time only\n" },
        { "nodes", tainted, "taint", "x:NoExecute", "{'items':[{'spec':{'tolerations':[{'key':'x','operator':'Exists'}]}}]}",
            "NoExecute: all 1 Pods on it tolerate it\n" },
        { "nodes", tainted, "taint", "node.kubernetes.io/x:NoSchedule", NULL,
            "taints of node.kubernetes.io are kept by the node controller: it may set them back\n" },
        { "certificatesigningrequests", request, "approve", "", NULL,
            "asked by bob of dev, x y\nfor the subject O = system:nodes, CN = system:node:spot-1hgd, also DNS:spot-1hgd, IP "
            "Address:10.128.0.8\nusages client auth, for 60m\nsigner kubernetes.io/kube-apiserver-client\nwho has the key is that "
            "user (CN) in those groups (O) then, until the certificate ends\nthere is no way back\n" },
        { "horizontalpodautoscalers", hpa, "autoscale", "1 3", NULL,
            "it scales Deployment web, which has 4 replicas now: it goes to 3 at once\n" },
        { "persistentvolumeclaims", claim, "resize", "11Gi", NULL,
            "whether its storage class allows it is not known: you may not read it\n"
            "a volume cannot be made smaller again; its file system grows when a Pod has it mounted\n" },
        { "configmaps", going, "finalize", "foregroundDeletion", NULL,
            "it has not done its work: foregroundDeletion: the garbage collector deletes what it owns first\n"
            "what may be left behind: what it owns, which is collected later\n"
            "it stays until the others are done: x.io/y\n"
            "look whether that controller runs and what its log says before taking its place\n" },
        { "configmaps", going, "delete", "", NULL,
            "it is being deleted already, since 2026-01-01T00:00:00Z: deleting it again changes nothing\n"
            "it waits for the finalizer x.io/y: the controller of x.io has work to do\n"
            "it waits for the finalizer foregroundDeletion: the garbage collector deletes what it owns first\n" },
        { "namespaces", ns_going, "delete", "", NULL,
            "it is being deleted already, since 2026-01-01T00:00:00Z: deleting it again changes nothing\n"
            "it waits for the finalizer kubernetes: the namespace controller deletes all that is in it\n"
            "Some resources are remaining\n" },
        { "pods", bare, "delete", "", NULL,
            "it goes only when this finalizer is done: x/y: the controller of x has work to do\n" },
        { "pods", sized, "set-resources", "app memory=32Mi/64Mi", NULL,
            "container app is restarted for its memory: its resizePolicy says so\n"
            "in place: the Pod goes on where it is, as far as its node has room\n" },
        { "pods", sized, "set-resources", "app cpu=/1", NULL,
            "in place: the Pod goes on where it is, as far as its node has room\n"
            "no way back: of a Pod an amount can be changed, but not taken away\n" },
        { "jobs", job, "rerun", "", NULL,
            "left out: its selector and the labels with its UID and name, which the server makes anew\n"
            "left out: its owner, CronJob tick, which neither counts nor deletes the new one\n"
            "left out: suspend; the new one starts at once\n"
            "the old one has not ended: both may run at once\n"
            "it is deleted 60 s after its end, as the old one\n" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(n); i++) {
        json_t *object = parse_quoted(n[i].object), *more = n[i].more ? parse_quoted(n[i].more) : NULL;
        struct act_target t = target_of(n[i].kind, object);
        struct act_in in = { .act = act_find(n[i].action), .t = &t, .context = "dev", .object = object, .more = more,
            .args = n[i].args, .now = 1767323045, .salt = "abcde" };
        struct act_plan p;
        struct err err = { 0 };
        if (!act_plan(&in, &p, &err))
            fail_msg("%s %s: %s", n[i].action, n[i].args, err.msg);
        assert_string_equal(p.note.s, n[i].note);
        act_plan_release(&p);
        json_decref(object);
        json_decref(more);
    }
}

static void refusals(void **state)
{
    json_t *object = parse_quoted(claim), *class = parse_quoted("{'metadata':{'name':'fast'}}");
    struct act_target t = target_of("persistentvolumeclaims", object);
    struct act_in in = { .act = act_find("resize"), .t = &t, .context = "dev", .object = object, .more = class, .args = "20Gi" };
    struct act_plan p;
    struct err err = { 0 };
    struct buf path = BUF_INIT;
    (void)state;
    assert_false(act_plan(&in, &p, &err));
    assert_string_equal(err.msg, "its storage class fast does not allow it: allowVolumeExpansion is not set");
    assert_true(in.act->more(&in, &path));
    assert_string_equal(path.s, "/apis/storage.k8s.io/v1/storageclasses/fast");
    json_object_set_new(class, "allowVolumeExpansion", json_true());
    assert_true(act_plan(&in, &p, &err));
    act_plan_release(&p);
    buf_release(&path);
    json_decref(class);
    json_decref(object);
}

// ---- custom resources

static const char app[] = "{'metadata':{'name':'shop','uid':'v1','resourceVersion':'1'},'spec':{'source':{'repoURL':'u',"
                          "'targetRevision':'main'}},'status':{'sync':{'status':'OutOfSync','revision':'abc'}}}";
static const char app_auto[] =
    "{'metadata':{'name':'shop','uid':'v1','resourceVersion':'1'},'spec':{'source':{'repoURL':'u','targetRevision':'main'},"
    "'syncPolicy':{'automated':{},'syncOptions':['A=true'],'retry':{'limit':2}}}}";
static const char app_busy[] = "{'metadata':{'name':'shop'},'operation':{}}";
static const char ks[] = "{'metadata':{'name':'k','uid':'v2','resourceVersion':'1'},'spec':{}}";
static const char ks_off[] = "{'metadata':{'name':'k','uid':'v2','resourceVersion':'1'},'spec':{'suspend':true}}";
#define APP_GUARD "'metadata':{'uid':'v1','resourceVersion':'1'}"
#define BY "'operation':{'initiatedBy':{'username':'kview'},'sync':{'syncStrategy':{'hook':{}}"

static const struct {
    const char *group, *resource, *api_kind, *object, *action, *args, *body, *does, *kubectl, *undo;
} custom[] = {
    { "kustomize.toolkit.fluxcd.io", "kustomizations", "Kustomization", ks, "reconcile", "",
        "{'metadata':{'uid':'v2','resourceVersion':'1','annotations':{'reconcile.fluxcd.io/requestedAt':'2026-01-02T03:04:05Z'}}}",
        "its controller is asked to reconcile it now",
        "annotate --overwrite kustomizations.kustomize.toolkit.fluxcd.io/k reconcile.fluxcd.io/requestedAt=2026-01-02T03:04:05Z", "" },
    { "helm.toolkit.fluxcd.io", "helmreleases", "HelmRelease", ks_off, "reconcile", "", NULL, "k is suspended: resume it first" },
    { "helm.toolkit.fluxcd.io", "helmreleases", "HelmRelease", ks_off, "resume", "",
        "{'metadata':{'uid':'v2','resourceVersion':'1'},'spec':{'suspend':false}}", "suspend true → false",
        "patch helmreleases.helm.toolkit.fluxcd.io/k --type=merge -p '{\"spec\":{\"suspend\":false}}'", "pause" },
    { "argoproj.io", "applications", "Application", app, "refresh-app", "hard",
        "{'metadata':{'uid':'v1','resourceVersion':'1','annotations':{'argocd.argoproj.io/refresh':'hard'}}}",
        "Argo CD reads its manifests anew, without its cache, and compares",
        "annotate --overwrite applications.argoproj.io/shop argocd.argoproj.io/refresh=hard", "" },
    { "argoproj.io", "applications", "Application", app, "refresh-app", "soft", NULL, "refresh-app [hard]" },
    { "argoproj.io", "applications", "Application", app, "sync", "", "{" APP_GUARD "," BY "}}}",
        "Argo CD deploys its target revision",
        "patch applications.argoproj.io/shop --type=merge -p '{\"operation\":{\"initiatedBy\":{\"username\":\"kview\"},"
        "\"sync\":{\"syncStrategy\":{\"hook\":{}}}}}'", "" },
    { "argoproj.io", "applications", "Application", app, "sync", "v2 --prune",
        "{" APP_GUARD "," BY ",'revision':'v2','prune':true}}}", "Argo CD deploys v2", NULL, "" },
    { "argoproj.io", "applications", "Application", app_auto, "sync", "main",
        "{" APP_GUARD "," BY ",'revision':'main','syncOptions':['A=true']},'retry':{'limit':2}}}", "Argo CD deploys main", NULL, "" },
    { "argoproj.io", "applications", "Application", app_auto, "sync", "v2", NULL,
        "its sync to main is automatic: another revision would be set back at once" },
    { "argoproj.io", "applications", "Application", app_busy, "sync", "", NULL, "shop: another operation is in progress" },
    { "argoproj.io", "applications", "Application", app, "sync", "a b", NULL, "sync [REVISION] [--prune]" },
};

static void custom_resources(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(custom); i++) {
        json_t *object = parse_quoted(custom[i].object);
        struct act_target t = { NULL, { custom[i].group, "v1", custom[i].resource, true }, (char *)custom[i].api_kind, (char *)"shop",
            (char *)json_str(object, "metadata", "name", NULL), (char *)json_str(object, "metadata", "uid", NULL) };
        struct act_in in = { .act = act_find(custom[i].action), .t = &t, .context = "dev", .object = object,
            .args = custom[i].args, .now = 1767323045, .salt = "abcde" };
        struct act_plan p;
        struct err err = { 0 };
        assert_true(act_applies(in.act, NULL, &t.gvr));
        bool ok = act_plan(&in, &p, &err);
        if (ok != (custom[i].body != NULL))
            fail_msg("%s %s: %s", custom[i].action, custom[i].args, err.msg);
        json_t *want = ok ? parse_quoted(custom[i].body) : NULL;
        assert_string_equal(ok ? p.does.s : err.msg, custom[i].does);
        assert_true(!ok || json_equal(want, p.body));
        if (ok && custom[i].kubectl)
            assert_string_equal(p.kubectl.s + strlen("kubectl --context dev -n shop "), custom[i].kubectl);
        if (ok) {
            assert_string_equal(p.undo.s, custom[i].undo);
            act_plan_release(&p);
        }
        json_decref(want);
        json_decref(object);
    }
}

static void what_applies(void **state)
{
    static const struct gvr rollouts = { "argoproj.io", "v1alpha1", "rollouts", true };
    (void)state;
    assert_false(act_applies(act_find("scale"), kind_find("pods"), &kind_find("pods")->gvr));
    assert_true(act_applies(act_find("scale"), NULL, &rollouts)); // it may have the subresource
    assert_false(act_applies(act_find("restart"), NULL, &rollouts));
    static const struct gvr others = { "example.com", "v1", "deployments", true };
    assert_false(act_applies(act_find("restart"), NULL, &others)); // the plural alone does not make it one
    assert_false(act_applies(act_find("sync"), NULL, &rollouts));
    assert_false(act_applies(act_find("reconcile"), kind_find("pods"), &kind_find("pods")->gvr));
    assert_true(act_applies(act_find("delete"), NULL, &rollouts));
    assert_false(act_applies(act_find("delete"), kind_find("containers"), &kind_find("containers")->gvr));
}

// ---- facts

static void facts(void **state)
{
    static const struct {
        const char *kind, *action, *object, *hpas, *budgets, *want;
    } f[] = {
        { "deployments", "scale",
            "{'metadata':{'name':'web','labels':{'argocd.argoproj.io/instance':'shop'}},'status':{'replicas':3,"
            "'readyReplicas':2}}",
            "{'items':[{'metadata':{'name':'h'},'spec':{'maxReplicas':10,'scaleTargetRef':{'kind':'Deployment',"
            "'name':'web'}}},{'metadata':{'name':'other'},'spec':{'scaleTargetRef':{'kind':'StatefulSet','name':'web'}}}]}",
            NULL,
            "  Pods       3 now, 2 of them ready\n"
            "  HPA        h keeps 1 to 10 replicas: it sets this back (0 switches it off)\n"
            "  deployed   by Argo CD, application shop: its sync sets this back\n" },
        { "pods", "delete",
            "{'metadata':{'name':'p','labels':{'app':'web'},'ownerReferences':[{'kind':'ReplicaSet','name':'web-1',"
            "'controller':true}]}}",
            NULL,
            "{'items':[{'metadata':{'name':'b'},'spec':{'selector':{'matchLabels':{'app':'web'}}},'status':{"
            "'disruptionsAllowed':1}},{'metadata':{'name':'no'},'spec':{'selector':{'matchLabels':{'app':'db'}}}}]}",
            "  owner      ReplicaSet web-1 makes another one\n"
            "  budget     b allows 1 disruption now; deleting does not ask it\n" },
        { "pods", "delete", "{'metadata':{'name':'p'}}", NULL, NULL, "  owner      none: nothing makes this Pod again\n" },
        { "deployments", "label",
            "{'metadata':{'name':'w','annotations':{'meta.helm.sh/release-name':'r'},'ownerReferences':[{'kind':'Shop',"
            "'name':'s','controller':true}]}}",
            NULL, NULL,
            "  owner      Shop s may set this back\n"
            "  deployed   by Helm, release r: its next upgrade may set this back\n" },
        { "pods", "set-resources", "{'metadata':{'name':'p','annotations':{'meta.helm.sh/release-name':'r'},'ownerReferences':[{'kind':"
          "'StatefulSet','name':'db','controller':true}]}}", NULL, NULL,
            "  owner      StatefulSet db makes its next Pods with the amounts of its template\n" },
        { "deployments", "label", "{'metadata':{'name':'w','labels':{'kustomize.toolkit.fluxcd.io/name':'k'}}}", NULL, NULL,
            "  deployed   by Flux, Kustomization k: it sets this back\n" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(f); i++) {
        json_t *object = parse_quoted(f[i].object);
        json_t *hpas = f[i].hpas ? parse_quoted(f[i].hpas) : NULL;
        json_t *budgets = f[i].budgets ? parse_quoted(f[i].budgets) : NULL;
        struct act_target t = target_of(f[i].kind, object);
        struct act_in in = { .act = act_find(f[i].action), .t = &t, .object = object };
        struct act_around around = { hpas, budgets };
        struct buf out = BUF_INIT;
        act_facts(&in, &around, &out);
        assert_string_equal(out.s, f[i].want);
        buf_release(&out);
        json_decref(object);
        json_decref(hpas);
        json_decref(budgets);
    }
}

static void selectors(void **state)
{
    static const struct {
        const char *selector;
        bool holds;
    } s[] = { { "{}", true }, { "{'matchLabels':{'a':'1'}}", true }, { "{'matchLabels':{'a':'2'}}", false },
        { "{'matchExpressions':[{'key':'a','operator':'In','values':['0','1']}]}", true },
        { "{'matchExpressions':[{'key':'a','operator':'NotIn','values':['1']}]}", false },
        { "{'matchExpressions':[{'key':'z','operator':'NotIn','values':['1']}]}", true },
        { "{'matchExpressions':[{'key':'z','operator':'Exists'}]}", false },
        { "{'matchExpressions':[{'key':'z','operator':'DoesNotExist'}],'matchLabels':{'b':'2'}}", true },
        { "{'matchExpressions':[{'key':'a','operator':'Odd'}]}", false } };
    json_t *labels = parse_quoted("{'a':'1','b':'2'}");
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(s); i++) {
        json_t *sel = parse_quoted(s[i].selector);
        assert_int_equal(act_selects(sel, labels), s[i].holds);
        json_decref(sel);
    }
    assert_false(act_selects(NULL, labels)); // policy/v1: no selector selects nothing
    json_decref(labels);
}

static void differences(void **state)
{
    json_t *a = parse_quoted("{'metadata':{'resourceVersion':'1','labels':{'x':'1'}},'spec':{'n':1,'c':[{'name':'app',"
                             "'image':'a'}]},'status':{'r':1},'data':{'k':'old'}}");
    json_t *b = parse_quoted("{'metadata':{'resourceVersion':'2','labels':{'x':'1','y':'2'}},'spec':{'c':[{'name':'app',"
                             "'image':'b'},{'name':'new'}]},'status':{'r':2},'data':{'k':'new'}}");
    struct buf out = BUF_INIT;
    (void)state;
    assert_int_equal(act_diff(a, b, true, 99, &out), 5);
    assert_string_equal(out.s, "metadata.labels.y: unset → 2\nspec.c[app].image: a → b\n"
                               "spec.c[new]: unset → {\"name\":\"new\"}\nspec.n: 1 → unset\ndata.k: another value\n");
    buf_clear(&out);
    assert_int_equal(act_diff(a, b, false, 1, &out), 5);
    assert_string_equal(out.s, "metadata.labels.y: unset → 2\nand 4 more\n");
    buf_clear(&out);
    assert_int_equal(act_diff(a, a, false, 1, &out), 0);
    assert_string_equal(out.s, "");
    buf_clear(&out);
    json_decref(a);
    json_decref(b);
    a = parse_quoted("{'t':[{'key':'k','effect':'E','value':'1'},{'key':'k','effect':'F'}],'l':[1,2]}");
    b = parse_quoted("{'t':[{'key':'n','effect':'E'},{'key':'k','effect':'E','value':'2'}],'l':[2]}");
    act_diff(a, b, false, 99, &out);
    assert_string_equal(out.s, "t[n:E]: unset → {\"effect\":\"E\",\"key\":\"n\"}\nt[k:E].value: 1 → 2\n"
                               "t[k:F]: {\"effect\":\"F\",\"key\":\"k\"} → unset\nl[0]: 1 → 2\nl[1]: 2 → unset\n");
    buf_release(&out);
    json_decref(a);
    json_decref(b);
}

// ---- rollouts

static void rollouts(void **state)
{
    static const struct {
        const char *resource, *object, *says;
        enum progress is;
    } r[] = {
        { "deployments", "{'metadata':{'generation':2},'status':{'observedGeneration':1}}",
            "waiting for the change to be observed", PROGRESS_WAITING },
        { "deployments", "{'spec':{'replicas':3},'status':{'updatedReplicas':1,'replicas':4}}",
            "1 out of 3 new replicas have been updated", PROGRESS_WAITING },
        { "deployments", "{'spec':{'replicas':3},'status':{'updatedReplicas':3,'replicas':4}}",
            "1 old replicas are pending termination", PROGRESS_WAITING },
        { "deployments", "{'spec':{'replicas':1},'status':{'updatedReplicas':4,'replicas':4,'availableReplicas':4}}",
            "3 replicas too many are pending termination", PROGRESS_WAITING },
        { "deployments", "{'spec':{'replicas':3},'status':{'updatedReplicas':3,'replicas':3,'availableReplicas':1}}",
            "1 of 3 updated replicas are available", PROGRESS_WAITING },
        { "deployments", "{'spec':{'replicas':3},'status':{'updatedReplicas':3,'replicas':3,'availableReplicas':3}}",
            "3/3 available", PROGRESS_DONE },
        { "deployments", "{'spec':{'replicas':3,'paused':true},'status':{'replicas':3,'availableReplicas':3}}",
            "3/3 available, paused", PROGRESS_DONE },
        { "deployments", "{'spec':{'replicas':3,'paused':true},'status':{'replicas':1,'availableReplicas':1}}",
            "1 of 3 replicas are available", PROGRESS_WAITING },
        { "deployments", "{'spec':{'replicas':1,'paused':true},'status':{'replicas':3,'availableReplicas':3}}",
            "2 replicas too many are pending termination", PROGRESS_WAITING },
        { "deployments", "{'spec':{'replicas':0},'status':{}}", "0/0 available", PROGRESS_DONE },
        { "deployments",
            "{'spec':{'replicas':3},'status':{'conditions':[{'type':'Progressing','reason':'ProgressDeadlineExceeded'}]}}",
            "exceeded its progress deadline", PROGRESS_STUCK },
        { "daemonsets", "{'status':{'desiredNumberScheduled':3,'updatedNumberScheduled':1}}",
            "1 out of 3 new pods have been updated", PROGRESS_WAITING },
        { "daemonsets", "{'status':{'desiredNumberScheduled':3,'updatedNumberScheduled':3,'numberAvailable':2}}",
            "2 of 3 updated pods are available", PROGRESS_WAITING },
        { "daemonsets", "{'status':{'desiredNumberScheduled':3,'updatedNumberScheduled':3,'numberAvailable':3}}",
            "3/3 available", PROGRESS_DONE },
        { "statefulsets", "{'spec':{'replicas':2},'status':{'observedGeneration':1,'readyReplicas':1}}",
            "waiting for 1 pods to be ready", PROGRESS_WAITING },
        { "statefulsets",
            "{'spec':{'replicas':2},'status':{'observedGeneration':1,'readyReplicas':2,'replicas':2,'updatedReplicas':1,"
            "'updateRevision':'b','currentRevision':'a'}}",
            "waiting for the rolling update: 1 pods at revision b", PROGRESS_WAITING },
        { "statefulsets",
            "{'spec':{'replicas':2,'updateStrategy':{'rollingUpdate':{'partition':1}}},'status':{'observedGeneration':1,"
            "'readyReplicas':2,'replicas':2,'updatedReplicas':1,'updateRevision':'b','currentRevision':'a'}}",
            "2/2 ready", PROGRESS_DONE },
#define QUOTA "'conditions':[{'type':'ReplicaFailure','status':'True','reason':'FailedCreate','message':'exceeded quota'}]"
        { "deployments", "{'spec':{'replicas':3},'status':{'replicas':1,'updatedReplicas':1,'availableReplicas':1," QUOTA "}}",
            "FailedCreate: exceeded quota", PROGRESS_STUCK },
        { "deployments", "{'spec':{'replicas':1},'status':{'replicas':1,'updatedReplicas':1,'availableReplicas':1," QUOTA "}}",
            "1/1 available", PROGRESS_DONE },
        { "replicasets", "{'spec':{'replicas':2},'status':{'replicas':1,'readyReplicas':1," QUOTA "}}",
            "FailedCreate: exceeded quota", PROGRESS_STUCK },
        { "replicasets", "{'spec':{'replicas':2},'status':{'replicas':2,'readyReplicas':1}}", "1/2 ready", PROGRESS_WAITING },
        { "replicasets", "{'spec':{'replicas':2},'status':{'replicas':2,'readyReplicas':2}}", "2/2 ready", PROGRESS_DONE },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(r); i++) {
        json_t *object = parse_quoted(r[i].object);
        struct buf out = BUF_INIT;
        assert_int_equal(progress_rollout(r[i].resource, object, &out), r[i].is);
        assert_string_equal(out.s, r[i].says);
        buf_release(&out);
        json_decref(object);
    }
}

#define SIZED(seen, conditions) "{'metadata':{'generation':3},'status':{'observedGeneration':" seen ",'conditions':[" conditions "]}}"
#define RESIZE(type, generation, reason) "{'type':'PodResize" type "','status':'True','observedGeneration':" generation ",'reason':'" reason \
                                         "','message':'a\\u001bb'}"
static void resizes(void **state)
{
    static const struct {
        const char *pod, *says;
        enum progress is;
    } r[] = {
        { SIZED("2", ""), "waiting for the kubelet to see it", PROGRESS_WAITING },
        { SIZED("2", RESIZE("Pending", "2", "Deferred")), "waiting for the kubelet to see it", PROGRESS_WAITING },
        { SIZED("2", RESIZE("Pending", "3", "Infeasible")), "Infeasible: a\uFFFDb", PROGRESS_STUCK },
        { SIZED("3", RESIZE("Pending", "3", "Deferred")), "Deferred: a\uFFFDb", PROGRESS_STUCK },
        { SIZED("3", RESIZE("InProgress", "3", "")), "the kubelet resizes it", PROGRESS_WAITING },
        { SIZED("3", RESIZE("InProgress", "3", "Error")), "Error: a\uFFFDb", PROGRESS_STUCK },
        { SIZED("3", ""), "resized", PROGRESS_DONE },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(r); i++) {
        json_t *pod = parse_quoted(r[i].pod);
        struct buf out = BUF_INIT;
        enum progress is = progress_resize(pod, &out);
        if (is != r[i].is || !str_eq(out.s, r[i].says))
            fail_msg("%zu: %d %s", i, is, out.s);
        buf_release(&out);
        json_decref(pod);
    }
}

static void faults(void **state)
{
    static const struct {
        const char *pod, *says;
    } f[] = {
        { "{'status':{'containerStatuses':[{'state':{'running':{}}},{'state':{'waiting':{'reason':'CrashLoopBackOff'}},"
          "'lastState':{'terminated':{'exitCode':1}}}]}}", "CrashLoopBackOff, exit 1" },
        { "{'status':{'containerStatuses':[{'state':{'waiting':{'reason':'ContainerCreating'}}}]}}", "" },
        { "{'status':{'conditions':[{'type':'PodScheduled','status':'False','reason':'Unschedulable','message':'no room'}]}}",
            "Unschedulable: no room" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(f); i++) {
        json_t *pod = parse_quoted(f[i].pod);
        struct buf out = BUF_INIT;
        assert_int_equal(progress_pod_fault(pod, &out), *f[i].says != '\0');
        assert_string_equal(out.s, f[i].says);
        buf_release(&out);
        json_decref(pod);
    }
}

// A StatefulSet that keeps its order waits for a Pod of another revision that is not ready, and never replaces it.
static void held_up(void **state)
{
    static const char sts[] = "{'metadata':{'uid':'s'},'spec':{},'status':{'updateRevision':'db-1'}}";
    static const char parallel[] =
        "{'metadata':{'uid':'s'},'spec':{'podManagementPolicy':'Parallel'},'status':{'updateRevision':'db-1'}}";
    static const char by_hand[] =
        "{'metadata':{'uid':'s'},'spec':{'updateStrategy':{'type':'OnDelete'}},'status':{'updateRevision':'db-1'}}";
#define POD(uid, hash, ready, more)                                                                                     \
    "{'metadata':{'labels':{'controller-revision-hash':'" hash "'},'ownerReferences':[{'controller':true,'uid':'" uid "'}]" more "},'status':{"    \
    "'conditions':[{'type':'Ready','status':'" ready "'}]}}"
    static const struct {
        const char *set, *pod;
        bool held;
    } h[] = { { sts, POD("s", "db-2", "False", ""), true }, { sts, POD("s", "db-1", "False", ""), false },
        { sts, POD("s", "db-2", "True", ""), false }, { sts, POD("other", "db-2", "False", ""), false },
        { sts, POD("s", "db-2", "False", ",'deletionTimestamp':'2026-01-02T03:04:05Z'"), false },
        { parallel, POD("s", "db-2", "False", ""), false }, { by_hand, POD("s", "db-2", "False", ""), false } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(h); i++) {
        json_t *o = parse_quoted(h[i].set), *pod = parse_quoted(h[i].pod);
        if (progress_held_up(o, pod) != h[i].held)
            fail_msg("%s %s", h[i].set, h[i].pod);
        json_decref(o);
        json_decref(pod);
    }
}

static enum history_lost lost_of(const char *items, const char *uid)
{
    json_t *o = json_pack("{s:{s:s}, s:{s:i}}", "metadata", "uid", uid, "spec", "revisionHistoryLimit", 1);
    json_t *list = parse_quoted(items);
    struct history h;
    int64_t limit;
    history_init(&h, o, list);
    enum history_lost lost = history_pruned(&h, o, &limit);
    history_release(&h);
    json_decref(o);
    json_decref(list);
    return lost;
}

static void history(void **state)
{
    static const char object[] =
        "{'metadata':{'uid':'u5','managedFields':[{'manager':'old','time':'2026-01-02T03:04:05Z','fieldsV1':{'f:spec':{'f:template':{}}}},"
        "{'manager':'new','time':'2026-01-03T00:00:00Z','fieldsV1':{'f:spec':{'f:template':{}}}},"
        "{'manager':'scaler','time':'2026-01-04T00:00:00Z','fieldsV1':{'f:spec':{'f:replicas':{}}}},"
        "{'manager':'status','subresource':'status','time':'2026-01-05T00:00:00Z','fieldsV1':{'f:spec':{'f:template':{}}}}]},"
        "'spec':{'revisionHistoryLimit':1," TEMPLATE("a:5") "}}";
    json_t *o = parse_quoted(object), *list = parse_quoted(sets);
    struct history h;
    int64_t limit;
    (void)state;
    json_t *made = json_object_get(json_array_get(json_object_get(list, "items"), 0), "metadata");
    json_object_set_new(made, "creationTimestamp", json_string("2026-01-02T03:04:06Z"));
    made = json_object_get(json_array_get(json_object_get(list, "items"), 1), "metadata"); // just before another one wrote
    json_object_set_new(made, "creationTimestamp", json_string("2026-01-02T23:59:59Z"));
    history_init(&h, o, list);
    assert_int_equal(h.revs.n, 3);
    assert_int_equal(h.revs.v[0].number, 11);
    assert_ptr_equal(history_current(&h), &h.revs.v[0]);
    assert_string_equal(history_who(&h.revs.v[0], o), "new");
    assert_string_equal(history_who(&h.revs.v[1], o), "");
    assert_string_equal(history_who(&h.revs.v[2], o), "old");
    assert_int_equal(history_pruned(&h, o, &limit), HISTORY_PRUNED);
    assert_int_equal(limit, 1);
    json_object_set_new(json_object_get(o, "spec"), "revisionHistoryLimit", json_integer(10));
    assert_int_equal(history_pruned(&h, o, &limit), HISTORY_WHOLE);
    history_release(&h);
    json_decref(o);
    json_decref(list);
    assert_int_equal(lost_of("{'items':[" SET("web-1", "3", "a:1", ",'deployment.kubernetes.io/revision-history':'1'") ","
        SET("web-2", "2", "a:2", "") "]}", "u5"), HISTORY_WHOLE); // 1 is 3 now: nothing was pruned
    assert_int_equal(lost_of("{'items':[" CONTROLLER_REVISION("db-1", "3", "a:1") "," CONTROLLER_REVISION("db-2", "2", "a:2") "]}",
        "u6"), HISTORY_MAYBE_PRUNED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_up),
        cmocka_unit_test(history),
        cmocka_unit_test(plans),
        cmocka_unit_test(forms),
        cmocka_unit_test(notes),
        cmocka_unit_test(refusals),
        cmocka_unit_test(custom_resources),
        cmocka_unit_test(what_applies),
        cmocka_unit_test(facts),
        cmocka_unit_test(selectors),
        cmocka_unit_test(differences),
        cmocka_unit_test(rollouts),
        cmocka_unit_test(resizes),
        cmocka_unit_test(faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
