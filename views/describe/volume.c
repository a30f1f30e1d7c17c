// Describe: the volumes of a Pod, by their sources.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "views/describe/pod.h"

// One row a type of volume: kubectl's words for it, and its fields in order, "Label=key" by commas. "?key" is
// a bool that is false when absent, "!key" says <unset> when absent, "-key" says <none>, "[key" is a list and
// "&key" an object (only <nil> when absent, as kubectl prints pointers).
static const struct {
    const char *key, *type, *fields;
} sources[] = {
    { "hostPath", "HostPath (bare host directory volume)", "Path=path,HostPathType=-type" },
    { "emptyDir", "EmptyDir (a temporary directory that shares a pod's lifetime)",
        "Medium=medium,SizeLimit=!sizeLimit" },
    { "secret", "Secret (a volume populated by a Secret)",
        "SecretName=secretName,Optional=?optional" },
    { "configMap", "ConfigMap (a volume populated by a ConfigMap)",
        "Name=name,Optional=?optional" },
    { "nfs", "NFS (an NFS mount that lasts the lifetime of a pod)",
        "Server=server,Path=path,ReadOnly=?readOnly" },
    { "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        "ClaimName=claimName,ReadOnly=?readOnly" },
    { "local", "LocalVolume (a persistent volume backed by local storage on a node)", "Path=path" },
    { "image", "Image (a container image or OCI artifact)",
        "Reference=reference,PullPolicy=pullPolicy" },
    { "gcePersistentDisk",
        "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        "PDName=pdName,FSType=fsType,Partition=#partition,ReadOnly=?readOnly" },
    { "awsElasticBlockStore", "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        "VolumeID=volumeID,FSType=fsType,Partition=#partition,ReadOnly=?readOnly" },
    { "gitRepo", "GitRepo (a volume that is pulled from git when the pod is created)",
        "Repository=repository,Revision=revision" },
    { "iscsi",
        "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then "
        "exposed to the pod)",
        "TargetPortal=targetPortal,IQN=iqn,Lun=#lun,ISCSIInterface=iscsiInterface,FSType=fsType,"
        "ReadOnly=?readOnly,Portals=[portals,DiscoveryCHAPAuth=?chapAuthDiscovery,"
        "SessionCHAPAuth=?chapAuthSession,SecretRef=&secretRef,InitiatorName=-initiatorName" },
    { "glusterfs", "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        "EndpointsName=endpoints,EndpointsNamespace=*endpointsNamespace,Path=path,ReadOnly=?"
        "readOnly" },
    { "rbd", "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
        "CephMonitors=[monitors,RBDImage=image,FSType=fsType,RBDPool=pool,RadosUser=user,Keyring="
        "keyring,"
        "SecretRef=&secretRef,ReadOnly=?readOnly" },
    { "cephfs", "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
        "Monitors=[monitors,Path=path,User=user,SecretFile=secretFile,SecretRef=&secretRef,"
        "ReadOnly=?readOnly" },
    { "cinder", "Cinder (a Persistent Disk resource in OpenStack)",
        "VolumeID=volumeID,FSType=fsType,ReadOnly=?readOnly,SecretRef=&secretRef" },
    { "azureDisk", "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
        "DiskName=diskName,DiskURI=diskURI,Kind=kind,FSType=fsType,CachingMode=cachingMode,"
        "ReadOnly=?readOnly" },
    { "vsphereVolume", "vSphereVolume (a Persistent Disk resource in vSphere)",
        "VolumePath=volumePath,FSType=fsType,StoragePolicyName=storagePolicyName" },
    { "portworxVolume", "PortworxVolume (a Portworx Volume resource)", "VolumeID=volumeID" },
    { "quobyte", "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
        "Registry=registry,Volume=volume,ReadOnly=?readOnly" },
    { "csi", "CSI (a Container Storage Interface (CSI) volume source)",
        "Driver=driver,FSType=fsType,VolumeHandle=*volumeHandle,ReadOnly=?readOnly" },
};

static void put_field(
    struct dw *w, const char *label, const char *key, const json_t *src, bool of_pv)
{
    struct buf words = BUF_INIT;
    char tmp[32];
    char how = strchr("?!-[&#*", *key) ? *key++ : '\0';
    const json_t *v = json_object_get(src, key);
    if (how == '*' && !of_pv) // a PersistentVolume's only
        return;
    const char *text = how == '?'         ? dw_bool(v)
                       : how == '#'       ? (v ? json_scalar(v, tmp) : "0")
                       : how == '['       ? dw_brackets(v, &words)
                       : !v && how == '!' ? "<unset>"
                       : !v && how == '-' ? "<none>"
                       : !v && how == '&' ? "nil"
                       : how == '&'       ? json_str(v, "name", NULL)
                                          : json_scalar(v, tmp);
    dw(w, 2, "%s:\t%s\n", label, text);
    buf_release(&words);
}

static void put_projected(struct dw *w, const json_t *src)
{
    size_t i;
    json_t *s;
    dw(w, 2, "Type:\tProjected (a volume that contains injected data from multiple sources)\n");
    json_array_foreach(json_object_get(src, "sources"), i, s)
    {
        const json_t *sec = json_object_get(s, "secret"), *cm = json_object_get(s, "configMap");
        const json_t *ref = sec ? sec : cm;
        if (ref) {
            dw(w, 2, "%s:\t%s\n", sec ? "SecretName" : "ConfigMapName",
                json_str(ref, "name", NULL));
            dw(w, 2, "Optional:\t%s\n", dw_bool(json_object_get(ref, "optional")));
        } else if (json_object_get(s, "downwardAPI"))
            dw(w, 2, "DownwardAPI:\ttrue\n");
        else if (json_object_get(s, "serviceAccountToken"))
            dw(w, 2, "TokenExpirationSeconds:\t%lld\n",
                (long long)json_i64(s, "serviceAccountToken", "expirationSeconds", NULL));
    }
}

static void put_downward(struct dw *w, const json_t *src)
{
    size_t i;
    json_t *m;
    dw(w, 2, "Type:\tDownwardAPI (a volume populated by information about the pod)\n    Items:\n");
    json_array_foreach(json_object_get(src, "items"), i, m)
    {
        const char *field = json_str(m, "fieldRef", "fieldPath", NULL);
        dw(w, 3, "%s -> %s\n", str_or(field, json_str(m, "resourceFieldRef", "resource", NULL)),
            json_str(m, "path", NULL));
    }
}

static void put_attributes(struct dw *w, const json_t *map)
{
    size_t n;
    const char **keys = dw_keys(map, &n);
    dw(w, 2, "VolumeAttributes:\t%s", n ? "" : "<none>\n");
    for (size_t i = 0; i < n; i++) {
        char *line = xasprintf("%s=%s", keys[i], json_str(map, keys[i], NULL));
        buf_printf(&w->b, "%s%.140s%s\n", i ? "\t" : "", line, strlen(line) > 140 ? "..." : "");
        free(line);
    }
    free(keys);
}

static void put_ephemeral(struct dw *w, const json_t *src)
{
    const json_t *claim = json_object_get(src, "volumeClaimTemplate");
    dw(w, 2,
        "Type:\tEphemeralVolume (an inline specification for a volume that gets created and "
        "deleted with the pod)\n");
    w->nest += 2;
    if (claim)
        describe_claim(w, claim, false);
    w->nest -= 2;
}

bool describe_volume_source(struct dw *w, const json_t *source, bool of_pv)
{
    static const struct {
        const char *key;
        void (*put)(struct dw *w, const json_t *src);
    } own[] = { { "projected", put_projected }, { "downwardAPI", put_downward },
        { "ephemeral", put_ephemeral } };
    for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
        const json_t *src = json_object_get(source, own[i].key);
        if (src) {
            own[i].put(w, src);
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
        const json_t *src = json_object_get(source, sources[i].key);
        if (!src)
            continue;
        dw(w, 2, "Type:\t%s\n", sources[i].type);
        for (const char *f = sources[i].fields; *f;) {
            char label[40], key[40];
            if (sscanf(f, "%39[^=]=%39[^,]", label, key) == 2)
                put_field(w, label, key, src, of_pv);
            f += strcspn(f, ",");
            f += *f == ',';
        }
        if (str_eq(sources[i].key, "csi"))
            put_attributes(w, json_object_get(src, "volumeAttributes"));
        return true;
    }
    return false;
}

void describe_volumes(struct dw *w, const json_t *volumes, const char *space)
{
    size_t i;
    json_t *v;
    dw(w, 0, "%sVolumes:%s\n", space, json_array_size(volumes) ? "" : "\t<none>");
    json_array_foreach((json_t *)volumes, i, v)
    {
        dw(w, 1, "%s%s:\n", *space ? " " : "", json_str(v, "name", NULL));
        if (!describe_volume_source(w, v, false))
            dw(w, 1, "<unknown>\n");
    }
}

// ---- claims

const char *describe_modes(const json_t *modes, char tmp[32])
{
    static const char *const names[][2] = { { "ReadWriteOnce", "RWO" }, { "ReadOnlyMany", "ROX" },
        { "ReadWriteMany", "RWX" }, { "ReadWriteOncePod", "RWOP" } };
    size_t i;
    json_t *m;
    *tmp = '\0';
    for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
        bool has = false;
        json_array_foreach((json_t *)modes, i, m)
        {
            has |= str_eq(json_string_value(m), names[k][0]);
        }
        if (has)
            snprintf(tmp + strlen(tmp), 32 - strlen(tmp), "%s%s", *tmp ? "," : "", names[k][1]);
    }
    return tmp;
}

const char *describe_class(const json_t *claim)
{
    const char *beta =
        json_str(claim, "metadata", "annotations", "volume.beta.kubernetes.io/storage-class", NULL);
    return str_or(beta, json_str(claim, "spec", "storageClassName", NULL));
}

void describe_claim(struct dw *w, const json_t *claim, bool full)
{
    const json_t *meta = json_object_get(claim, "metadata"), *spec = json_object_get(claim, "spec");
    const json_t *from = json_object_get(spec, "dataSource");
    struct buf words = BUF_INIT;
    char modes[32], num[32];
    if (full)
        dw_name(w, claim, true);
    dw(w, 0, "StorageClass:\t%s\n", describe_class(claim));
    if (full)
        dw_status(w, claim);
    const char *volume = json_str(spec, "volumeName", NULL);
    dw(w, 0, "Volume:\t%s\n", volume);
    dw_labels(w, "Labels", json_object_get(meta, "labels"));
    dw_annotations(w, "Annotations", json_object_get(meta, "annotations"));
    if (full)
        dw(w, 0, "Finalizers:\t%s\n", dw_brackets(json_object_get(meta, "finalizers"), &words));
    const json_t *size = json_at(claim, "status", "capacity", "storage", NULL);
    dw(w, 0, "Capacity:\t%s\n", !*volume ? "" : size ? json_scalar(size, num) : "0");
    dw(w, 0, "Access Modes:\t%s\n",
        *volume ? describe_modes(json_at(claim, "status", "accessModes", NULL), modes) : "");
    if (json_object_get(spec, "volumeMode"))
        dw(w, 0, "VolumeMode:\t%s\n", json_str(spec, "volumeMode", NULL));
    if (from) {
        dw(w, 0, "DataSource:\n");
        if (json_object_get(from, "apiGroup"))
            dw(w, 1, "APIGroup:\t%s\n", json_str(from, "apiGroup", NULL));
        dw(w, 1, "Kind:\t%s\n", json_str(from, "kind", NULL));
        dw(w, 1, "Name:\t%s\n", json_str(from, "name", NULL));
    }
    buf_release(&words);
}
